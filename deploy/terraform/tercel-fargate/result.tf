# The containers as they are to be. Members of ours come first in lists; nothing is reordered, nothing empty is added.
locals {
  secrets = concat(
    [for arn in [var.token_secret_arn] : { name = "TERCEL_TOKEN", valueFrom = arn } if arn != null],
    [for arn in [var.ca_secret_arn] : { name = "TERCEL_CA", valueFrom = arn } if arn != null],
  )
  secret_names = [for secret in local.secrets : secret.name]

  wrapper = concat(
    [local.program, "run"],
    var.bundle == null ? [] : ["--bundle", var.bundle],
    var.trust_key == null ? [] : ["--trust", var.trust_key],
    var.orchestrator == null ? [] : ["--orchestrator", var.orchestrator],
    var.token_secret_arn == null ? [] : ["--token-env", "TERCEL_TOKEN"],
    var.ca_secret_arn == null ? [] : ["--ca-env", "TERCEL_CA"],
    var.proxy == null ? [] : ["--proxy", var.proxy],
    flatten([for key, value in var.labels : ["--label", "${key}=${value}"]]),
    var.agent_options,
    ["--"],
  )

  # Lists that get elements: their name in the API, and what is put before what is there.
  additions = concat(
    var.delivery == "init" ? ["mountPoints"] : [],
    var.delivery == "volumes-from" ? ["volumesFrom"] : [],
    var.delivery == "embedded" ? [] : ["dependsOn"],
    length(local.secrets) > 0 ? ["secrets"] : [],
  )
  added = {
    mountPoints = [{ sourceVolume = var.name_prefix, containerPath = "/tercel", readOnly = true }]
    volumesFrom = [{ sourceContainer = local.init_name, readOnly = true }]
    dependsOn   = [{ containerName = local.init_name, condition = "SUCCESS" }]
    secrets     = local.secrets
  }

  # linuxParameters, its capabilities and their `add`: the value, how it is spelled, and whether it is there.
  linux = [for members in local.members : {
    for key, value in try(members.linuxparameters, null) == null ? {} : members.linuxparameters : key => value
  }]
  capabilities_key = [for linux in local.linux : try([for key in keys(linux) : key if lower(key) == "capabilities"][0], "capabilities")]
  capabilities     = [for index, linux in local.linux : try({ for key, value in linux[local.capabilities_key[index]] : key => value }, {})]
  add_key          = [for capabilities in local.capabilities : try([for key in keys(capabilities) : key if lower(key) == "add"][0], "add")]
  add              = [for index, capabilities in local.capabilities : try([for name in capabilities[local.add_key[index]] : name], [])]

  linux_members = [for index, linux in local.linux : merge(linux, {
    (local.capabilities_key[index]) = merge(local.capabilities[index], {
      (local.add_key[index]) = contains(local.add[index], "SYS_PTRACE") ? local.add[index] : concat(["SYS_PTRACE"], local.add[index])
    })
  })]

  # Where SYS_PTRACE went, for the label: the outermost thing that was made for it.
  capability_made = [for index, members in local.members : (
    contains(local.add[index], "SYS_PTRACE") ? "" :
    can([for name in local.capabilities[index][local.add_key[index]] : name]) ? "SYS_PTRACE" :
    can(keys(local.linux[index][local.capabilities_key[index]])) ? "capabilities.add${contains(keys(local.capabilities[index]), local.add_key[index]) ? ":null" : ""}" :
    can(keys(members.linuxparameters)) ? "capabilities${contains(keys(local.linux[index]), local.capabilities_key[index]) ? ":null" : ""}" :
    "linuxParameters${contains(keys(members), "linuxparameters") ? ":null" : ""}"
  )]

  final_entry_points = [for index, words in local.entry_points : concat(local.wrapper, local.is_reset[index] ? [] : words, local.by_image[index] ? local.image_entry_points[index] : [])]
  is_command_ours    = [for index, words in local.commands : length(words) == 0 && local.by_image[index] && length(local.image_commands[index]) > 0]

  # "NAME": we made it. "NAME:null", "NAME:empty": it stood for nothing.
  notes = [for index, members in local.members : concat(
    [for name in ["entryPoint", "command"] : "${name}:${try(members[lower(name)], null) == null ? "null" : "empty"}"
    if contains(keys(members), lower(name)) && (name == "entryPoint" ? local.by_image[index] : local.is_command_ours[index])],
    flatten([for name in local.additions : concat(
      try(members[lower(name)], null) != null ? [] : [contains(keys(members), lower(name)) ? "${name}:null" : name],
      name == "secrets" ? local.secret_names : [],
    )]),
    [for note in [local.capability_made[index]] : note if var.capture == "trace" && note != ""],
    try(members.dockerlabels, null) != null ? [] : [contains(keys(members), "dockerlabels") ? "dockerLabels:null" : "dockerLabels"],
  )]

  # How to undo, as tercel-instrument writes it.
  undo_labels = [for index, notes in local.notes : join(" ", [for field in [
    "1",
    "ep=${local.is_reset[index] ? "task-reset" : !local.by_image[index] ? "task" : length(local.image_entry_points[index]) > 0 ? "image" : "none"}",
    "cmd=${length(local.commands[index]) > 0 ? "task" : local.is_command_ours[index] ? "image" : "none"}",
    "n=${length(local.wrapper)}",
    "made=${join(",", [for note in notes : note if !strcontains(note, ":")])}",
    "was=${join(",", [for note in notes : note if strcontains(note, ":")])}",
    "vol=${var.delivery == "init" ? "1" : ""}",
    "name=${var.name_prefix == "tercel" ? "" : var.name_prefix}",
  ] : field if !endswith(field, "=")])]

  # Each change is an object with one member; what is not to be changed leaves none.
  changes = [for index, members in local.members : merge(
    { (try(local.spelling[index].entrypoint[0], "entryPoint")) = local.final_entry_points[index] },
    { for key in [try(local.spelling[index].command[0], "command")] : key => local.image_commands[index] if local.is_command_ours[index] },
    { for name in local.additions : try(local.spelling[index][lower(name)][0], name) => concat(local.added[name], try([for item in members[lower(name)] : item], [])) },
    { for key in [try(local.spelling[index].linuxparameters[0], "linuxParameters")] : key => local.linux_members[index] if var.capture == "trace" },
    { (try(local.spelling[index].dockerlabels[0], "dockerLabels")) = merge(local.docker_labels[index], { (local.label_name) = local.undo_labels[index] }) },
  )]

  log_configuration = try(
    var.init_log_configuration != null ? jsonencode(var.init_log_configuration) :
    [for index, members in local.members : try([
      for driver in [for key, value in members.logconfiguration : value if lower(key) == "logdriver"] : jsonencode(members.logconfiguration) if driver == "awslogs"
    ][0], "null") if local.wrapped[index]][0],
  "null")

  init_container = merge(
    {
      name                   = local.init_name
      image                  = var.agent_image
      essential              = false
      user                   = var.init_user
      command                = ["install", "/tercel"]
      readonlyRootFilesystem = var.delivery == "init"
    },
    { for name in ["mountPoints"] : name => [{ sourceVolume = var.name_prefix, containerPath = "/tercel", readOnly = false }] if var.delivery == "init" },
    { for name in ["logConfiguration"] : name => jsondecode(local.log_configuration) if local.log_configuration != "null" },
  )

  containers = concat(
    [for index, container in local.list : merge(container, [for change in [local.changes[index]] : change if local.wrapped[index]]...)],
    [for container in [local.init_container] : container if var.delivery != "embedded" && anytrue(local.wrapped)],
  )
}
