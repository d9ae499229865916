"""What is deployed to AWS: the template, the build specifications, the packages of the functions."""
