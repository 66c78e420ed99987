include "root" {
  path = find_in_parent_folders("root.hcl")
}

include "service-catalog-setup" {
  path = find_in_parent_folders("service-catalog-setup.hcl")
}
