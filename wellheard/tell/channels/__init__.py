"""Ways a notice reaches somebody, one module each."""
