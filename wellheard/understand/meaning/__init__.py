"""What texts mean, as numbers: encoders, likeness, groups and routing. No database and no web here: texts and vectors
in, numbers and names out."""
