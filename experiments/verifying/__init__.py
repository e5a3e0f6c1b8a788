"""Published numbers derived again by the functions of `stats`, from data at hand or in files of others."""
