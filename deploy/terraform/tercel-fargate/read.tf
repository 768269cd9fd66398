# What is there, but for what an earlier run of ours left (undo.tf). Terraform's AWS provider does not look at the case of keys, so neither does this: `members` has them in
# small letters, and `spelling` remembers how they were written. Values are of any type; try() keeps one that is not as
# expected from ending the plan with a message about types.
locals {
  given      = try(jsondecode(var.container_definitions), var.container_definitions)
  is_list    = try(startswith(jsonencode(local.given), "["), false)
  given_list = try([for container in local.given : { for key, value in container : key => value }], [])

  grouped  = [for container in local.list : { for key, value in container : lower(key) => value... }]
  spelling = [for container in local.list : { for key in keys(container) : lower(key) => key... }]
  members  = [for container in local.grouped : { for key, values in container : key => values[0] }]

  names  = [for index, members in local.members : try(tostring(members.name), "#${index + 1}")]
  images = [for members in local.members : try(tostring(members.image), "")]

  # Lists of words; one that is absent, null or empty is unset.
  entry_points = [for members in local.members : try([for word in members.entrypoint : tostring(word)], [])]
  commands     = [for members in local.members : try([for word in members.command : tostring(word)], [])]

  # The image's own; null: not known.
  configs            = [for index, name in local.names : try(var.image_configs[name], var.image_configs[local.images[index]], var.image_configs["#${index + 1}"], null)]
  image_entry_points = [for config in local.configs : try([for word in config.entrypoint : word], [])]
  image_commands     = [for config in local.configs : try([for word in config.cmd : word], [])]

  docker_labels = [for members in local.members : try({ for key, value in members.dockerlabels : key => value }, {})]

  known = jsondecode(file("${path.module}/known_images.json"))
}
