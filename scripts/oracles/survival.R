# Usage: Rscript survival.R FOLDER
# Reads cells.csv (cell, time, solved) and, if there is one, pairs.csv (pair, group, time, solved) of the folder, a row a
# run, and writes cells_by_r.csv and pairs_by_r.csv, a row a cell or pair. Prints the versions.
suppressPackageStartupMessages(library(survival))
folder <- commandArgs(trailingOnly = TRUE)[1]
read <- function(name) read.csv(file.path(folder, name))

of_cell <- function(runs) {
  n <- nrow(runs)
  row <- data.frame(cell = runs$cell[1])
  for (kind in c("plain", "log", "log-log")) {
    fit <- survfit(Surv(time, solved) ~ 1, data = runs, conf.type = kind)
    row[[paste0(kind, "_low")]] <- quantile(fit, 0.5)$lower
    row[[paste0(kind, "_high")]] <- quantile(fit, 0.5)$upper
  }
  row$median <- summary(fit)$table[["median"]]
  row$rank <- qbinom(0.025, n, 0.5)
  wilson <- prop.test(sum(runs$solved), n, correct = FALSE)$conf.int
  row$wilson_low <- wilson[1]
  row$wilson_high <- wilson[2]
  row
}

of_pair <- function(runs) {
  test <- tryCatch(suppressWarnings(survdiff(Surv(time, solved) ~ group, data = runs)), error = function(e) NULL)
  found <- if (is.null(test)) c(NA, NA) else c(test$chisq, test$pvalue)
  data.frame(pair = runs$pair[1], chisq = found[1], p = found[2])
}

by <- function(runs, key, what) do.call(rbind, lapply(split(runs, runs[[key]]), what))
write <- function(rows, name) {
  write.csv(format(rows, digits = 17, trim = TRUE), file.path(folder, name), row.names = FALSE, quote = FALSE)
}
options(warn = -1)  # prop.test doubts small samples
write(by(read("cells.csv"), "cell", of_cell), "cells_by_r.csv")
if (file.exists(file.path(folder, "pairs.csv"))) write(by(read("pairs.csv"), "pair", of_pair), "pairs_by_r.csv")
cat(R.version$major, ".", R.version$minor, " ", as.character(packageVersion("survival")), "\n", sep = "")
