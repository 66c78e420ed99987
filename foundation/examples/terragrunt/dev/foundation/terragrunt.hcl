include "root" {
  path = find_in_parent_folders("root.hcl")
}

include "foundation" {
  path = find_in_parent_folders("foundation.hcl")
}
