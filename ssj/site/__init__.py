"""What goes onto the bureau's website, from archives alone."""
