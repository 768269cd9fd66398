# What an earlier run of ours left is taken out first, by the label that says how: so an upgrade is a removal and an
# installation, as in `tercel-instrument task-definition`. `list` is then as if the agent had never been there.
locals {
  program       = "/tercel/tercel-agent"
  label_name    = "tercel.instrumented"
  given_keys    = [for container in local.given_list : { for key in keys(container) : lower(key) => key... }]
  given_members = [for index, keys in local.given_keys : { for key, spelled in keys : key => local.given_list[index][spelled[0]] }]
  given_names   = [for members in local.given_members : try(tostring(members.name), "")]

  label_texts = [for members in local.given_members : try(coalesce(tostring(members.dockerlabels[local.label_name])), "")]

  # "1 ep=task cmd=image n=8 made=mountPoints,dependsOn was=command:null vol=1 name=tercel": where entry point and command
  # came from, how many words are ours, which members were made, which stood for nothing.
  undo = [for text in local.label_texts : {
    is_labelled = text != ""
    is_readable = can(regex("^1( ep=(task|task-reset|image|none)| cmd=(task|image|none)| (n|made|vol|pid|name|meta|tag|nvb|nv)=[^ ]*| was=([^ ,:]+:(null|empty)(~[^ ,]*)?,?)*)+$", text))
    entry_point = try(regex(" ep=([^ ]+)", text)[0], "")
    command     = try(regex(" cmd=([^ ]+)", text)[0], "")
    word_count  = try(tonumber(regex(" n=([1-9][0-9]{0,6})( |$)", text)[0]), 0)
    made        = [for item in split(",", try(regex(" made=([^ ]*)", text)[0], "")) : split(":", item)[0]]
    was         = { for item in regexall("([^ ,:=]+):(null|empty)", try(regex(" was=([^ ]*)", text)[0], "")) : item[0] => item[1]... }
    prefix      = try(regex(" name=([^ ]+)", text)[0], "tercel")
    tag         = try(regex(" tag=([^ ]+)", text)[0], "")
  }]
  ours    = [for undo in local.undo : concat(undo.made, keys(undo.was))]
  nothing = { null = null, empty = [] }

  # The words of ours are where the label says that they are.
  begins_with_ours = [for index, undo in local.undo : try(
    startswith(jsonencode(local.given_members[index].entrypoint), "[") &&
    local.given_members[index].entrypoint[0] == local.program &&
    local.given_members[index].entrypoint[undo.word_count - 1] == "--",
  false)]

  undo_refusals = [for index, undo in local.undo :
    "container \"${local.given_names[index]}\": this is not what its label ${local.label_name} says; undo by hand"
    if undo.is_labelled && (
      !undo.is_readable || undo.word_count == 0 || undo.entry_point == "" || undo.command == "" ||
      !contains(keys(local.given_members[index]), "entrypoint") ||
      (undo.command == "image" && !contains(keys(local.given_members[index]), "command")) ||
      (startswith(undo.entry_point, "task") && !local.begins_with_ours[index]) ||
      (undo.entry_point == "task-reset" && try(length(local.given_members[index].entrypoint) != undo.word_count, true))
  )]

  # Lists that got elements: by which member ours are told, and their values of it.
  places = [for undo in local.undo : {
    mountPoints = { key = "sourcevolume", values = [undo.prefix] }
    volumesFrom = { key = "sourcecontainer", values = ["${undo.prefix}-init"] }
    dependsOn   = { key = "containername", values = ["${undo.prefix}-init"] }
    secrets     = { key = "name", values = [for name in ["TERCEL_TOKEN", "TERCEL_CA"] : name if contains(undo.made, name)] }
  }]
  lists_left = [for index, members in local.given_members : {
    for name, place in local.places[index] : name => [
      for item in members[lower(name)] : item
      if !contains(place.values, try(tostring([for key, value in item : value if lower(key) == place.key][0]), ""))
    ]
    if local.undo[index].is_labelled && length(place.values) > 0 && try(startswith(jsonencode(members[lower(name)]), "["), false)
  }]

  given_linux            = [for members in local.given_members : try({ for key, value in members.linuxparameters : key => value }, {})]
  given_capabilities_key = [for linux in local.given_linux : try([for key in keys(linux) : key if lower(key) == "capabilities"][0], "")]
  given_capabilities     = [for index, linux in local.given_linux : try({ for key, value in linux[local.given_capabilities_key[index]] : key => value }, {})]
  given_add_key          = [for capabilities in local.given_capabilities : try([for key in keys(capabilities) : key if lower(key) == "add"][0], "")]

  capabilities_left = [for index, capabilities in local.given_capabilities : merge(
    { for key, value in capabilities : key => value if key != local.given_add_key[index] || !contains(local.ours[index], "capabilities.add") },
    { for name, kinds in local.undo[index].was : local.given_add_key[index] => local.nothing[kinds[0]] if name == "capabilities.add" && local.given_add_key[index] != "" },
    { for key in [local.given_add_key[index]] : key => [for at, name in capabilities[key] : name if at != try(index(capabilities[key], "SYS_PTRACE"), -1)]
    if contains(local.undo[index].made, "SYS_PTRACE") && !contains(local.ours[index], "capabilities.add") && try(startswith(jsonencode(capabilities[key]), "["), false) },
  )]
  linux_left = [for index, linux in local.given_linux : merge(
    { for key, value in linux : key => value if key != local.given_capabilities_key[index] || !contains(local.ours[index], "capabilities") },
    { for name, kinds in local.undo[index].was : local.given_capabilities_key[index] => local.nothing[kinds[0]] if name == "capabilities" && local.given_capabilities_key[index] != "" },
    { for key in [local.given_capabilities_key[index]] : key => local.capabilities_left[index] if !contains(local.ours[index], "capabilities") && can(keys(linux[key])) },
  )]

  # Members that are ours whole: they go, or become what they were.
  whole = [for index, undo in local.undo : [for name in concat(
    startswith(undo.entry_point, "task") ? [] : ["entryPoint"],
    undo.command == "image" ? ["command"] : [],
    [for name, left in local.lists_left[index] : name if length(left) == 0 && contains(local.ours[index], name)],
    [for name in ["linuxParameters"] : name if contains(local.ours[index], name)],
    [for name in ["dockerLabels"] : name if contains(local.ours[index], name) && try(length(local.given_members[index].dockerlabels) == 1, false)],
  ) : name if undo.is_labelled && contains(keys(local.given_members[index]), lower(name))]]

  # Members of which a part is ours, by their names in the API.
  parts = [for index, undo in local.undo : merge(
    { for name in ["entryPoint"] : name => [for at, word in local.given_members[index].entrypoint : word if at >= undo.word_count]
    if undo.entry_point == "task" && local.begins_with_ours[index] },
    { for name in ["entryPoint"] : name => [""] if undo.entry_point == "task-reset" && local.begins_with_ours[index] },
    local.lists_left[index],
    { for name in ["linuxParameters"] : name => local.linux_left[index] if undo.is_labelled && can(keys(local.given_members[index].linuxparameters)) },
    { for name in ["dockerLabels"] : name => { for key, value in local.given_members[index].dockerlabels : key => value if key != local.label_name } if undo.is_labelled },
    { for name in ["image"] : name => "${split("@", local.given_members[index].image)[0]}${undo.tag == "-" ? "" : undo.tag}"
    if undo.tag != "" && try(strcontains(local.given_members[index].image, "@"), false) },
  )]
  restored = [for index, undo in local.undo : { for name, kinds in undo.was : name => local.nothing[kinds[0]] if contains(local.whole[index], name) }]

  old_init_names = [for undo in local.undo : "${undo.prefix}-init" if undo.is_labelled]
  list = [for index, container in local.given_list : merge(
    { for key, value in container : key => value if !contains([for name in local.whole[index] : lower(name)], lower(key)) },
    { for name, value in merge(local.parts[index], local.restored[index]) : local.given_keys[index][lower(name)][0] => value
    if !contains(local.whole[index], name) || contains(keys(local.restored[index]), name) },
  ) if local.given_names[index] != try(local.old_init_names[0], "")]
}
