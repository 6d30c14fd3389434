"""Whether "likely" can be believed here: the outcome method on this workspace's own people, for things that did not ship."""
