# No provider and no program: expressions only.
terraform {
  required_version = ">= 1.5"
}
