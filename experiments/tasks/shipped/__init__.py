"""The data sets that come with the package, one folder a set; README.md says what they are."""
