# What is to be done with each container, and every reason to refuse; the same decisions as `tercel-instrument
# task-definition` takes.
locals {
  init_name = "${var.name_prefix}-init"
  is_reset  = [for words in local.entry_points : length(words) == 1 && try(words[0] == "", false)]
  by_image  = [for words in local.entry_points : length(words) == 0]

  # What a container answers to: its name, and its place in the list.
  called = [for index, name in local.names : [name, "#${index + 1}"]]

  # The task's tags, as `tercel-instrument task-definition` takes them; kilt's with peer_hints.
  hints = { for name in ["ignore", "include", "ignore-containers", "include-containers"] : name => concat(
    [for value in [try(var.tags["tercel-${name}"], null)] : value if value != null],
    [for value in [try(var.tags["kilt-${name}"], null)] : value if value != null && var.peer_hints],
  ) }
  ignored_by_tag  = flatten([for value in local.hints["ignore-containers"] : split(":", value)])
  included_by_tag = flatten([for value in local.hints["include-containers"] : split(":", value)])
  peer_label      = "sensor.falcon-system.crowdstrike.com/injection"

  # Why a container is left alone; "": it is wrapped.
  skip_reasons = [for index, members in local.members : (
    var.remove ? "the agent is taken out" :
    startswith(coalesce(var.operating_system_family, "-"), "WINDOWS") ? "Windows" :
    try(members.firelensconfiguration, null) != null ? "it routes logs (firelensConfiguration)" :
    local.names[index] == coalesce(var.proxy_container, "-") ? "it is the mesh's proxy (proxyConfiguration)" :
    anytrue([for name in local.called[index] : contains(var.include, name)]) ? "" :
    anytrue([for name in local.called[index] : contains(var.exclude, name)]) ? "the list exclude says so" :
    length(local.hints["ignore"]) > 0 ? "a tag says so (tercel-ignore)" :
    anytrue([for name in local.called[index] : contains(local.ignored_by_tag, name)]) ? "a tag says so (tercel-ignore-containers)" :
    var.only_tagged && length(local.hints["include"]) == 0 && !anytrue([for name in local.called[index] : contains(local.included_by_tag, name)]) ? "no tag includes it (only_tagged)" :
    try(tostring(local.docker_labels[index]["tercel.instrument"]), "") == "false" ? "its label says so (tercel.instrument)" :
    var.peer_hints && try(tostring(local.docker_labels[index][local.peer_label]), "") == "disabled" ? "its label says so (injection: disabled)" :
    anytrue([for part in local.known.helper_images : strcontains(local.images[index], part)]) ? "its image is known as a helper; the list include wraps it all the same" :
    local.by_image[index] && local.configs[index] == null && var.unknown_image == "skip" ? "nothing here says what its image runs; give image_configs" :
    ""
  )]
  wrapped = [for reason in local.skip_reasons : reason == ""]

  # What runs after wrapping: the first words of this list that are there.
  first_programs = [for index, words in local.entry_points : try(concat(
    local.is_reset[index] ? [] : words,
    local.by_image[index] ? local.image_entry_points[index] : [],
    local.commands[index],
    local.by_image[index] ? local.image_commands[index] : [],
  )[0], "")]

  # ---- every reason to refuse ----

  list_refusals = concat(
    local.is_list ? [] : ["container_definitions must be a list of containers: what jsonencode([...]) gives, or the list itself"],
    local.is_list && length(local.list) == 0 ? ["there is no container definition, or something in the list is none"] : [],
    [for name in var.include : "include: there is no container \"${name}\"" if !contains(flatten(local.called), name) && !var.remove],
    [for name in var.exclude : "exclude: there is no container \"${name}\"" if !contains(flatten(local.called), name) && !var.remove],
  )

  spelling_refusals = flatten([for index, spelling in local.given_keys : concat(
    [for key, keys in spelling : "container \"${local.given_names[index]}\": \"${keys[1]}\" beside \"${keys[0]}\": Terraform does not tell them apart" if length(keys) > 1],
    [for key, keys in spelling : "container \"${local.given_names[index]}\": \"${keys[0]}\" is ignored by Terraform's provider; it is spelled without underscores, as in the ECS API" if contains(["entry_point", "mount_points", "depends_on", "docker_labels", "linux_parameters", "volumes_from", "log_configuration", "firelens_configuration"], key)],
  )])

  word_refusals = flatten([for index, members in local.members : [
    for name in ["entryPoint", "command"] : "container \"${local.names[index]}\": \"${name}\" must be a list of strings"
    if local.wrapped[index] && !try(
      members[lower(name)] == null ? true : startswith(jsonencode(members[lower(name)]), "[") && alltrue([for word in members[lower(name)] : startswith(jsonencode(word), "\"")]),
      !contains(keys(members), lower(name))
    )
  ]])

  place_refusals = flatten([for index, members in local.members : concat(
    [for name in ["mountPoints", "dependsOn", "volumesFrom", "secrets"] : "container \"${local.names[index]}\": \"${name}\" must be a list"
    if try(members[lower(name)] != null && !startswith(jsonencode(members[lower(name)]), "["), false)],
    [for name in ["dockerLabels", "linuxParameters"] : "container \"${local.names[index]}\": \"${name}\" must be a mapping"
    if try(members[lower(name)] != null && !startswith(jsonencode(members[lower(name)]), "{"), false)],
    [for value in [try(local.linux[index][local.capabilities_key[index]], null)] : "container \"${local.names[index]}\": \"capabilities\" must be a mapping"
    if var.capture == "trace" && !startswith(jsonencode(value), "{") && value != null],
    [for value in [try(local.capabilities[index][local.add_key[index]], null)] : "container \"${local.names[index]}\": \"add\" must be a list"
    if var.capture == "trace" && !startswith(jsonencode(value), "[") && value != null],
  ) if local.wrapped[index]])

  # Nothing of a list may be taken for ours when it is undone.
  taken_refusals = flatten([for index, members in local.members : [
    for place in [
      { list = "mountPoints", key = "containerpath", value = "/tercel" }, { list = "mountPoints", key = "sourcevolume", value = var.name_prefix },
      { list = "volumesFrom", key = "sourcecontainer", value = local.init_name }, { list = "dependsOn", key = "containername", value = local.init_name },
    ] : "container \"${local.names[index]}\": \"${place.list}\" has \"${place.value}\" already${place.value == "/tercel" ? "" : "; set name_prefix"}"
    if anytrue(try([for item in members[lower(place.list)] : anytrue([for key, value in item : try(lower(key) == place.key && value == place.value, false)])], []))
  ] if local.wrapped[index] && var.delivery != "embedded"])

  program_refusals = flatten([for index, program in local.first_programs : concat(
    [for vendor in local.known.vendor_wrappers : "container \"${local.names[index]}\" is already wrapped by ${vendor.vendor}; two tracers cannot share it" if startswith(program, vendor.prefix)],
    program == local.program ? ["container \"${local.names[index]}\" is wrapped already, but has no label that says how to undo that"] : [],
    contains(keys(local.docker_labels[index]), local.label_name) ? ["container \"${local.names[index]}\": its label ${local.label_name} does not say how to undo anything; take it out"] : [],
    contains(local.known.pid1_programs, program) && !var.force_pid1 ? ["container \"${local.names[index]}\" runs ${program}, which works only as process 1; build the agent in behind it, exclude the container, or set force_pid1"] : [],
    local.by_image[index] && local.configs[index] == null ? ["container \"${local.names[index]}\" has no entry point here: nothing here says what its image runs; give image_configs"] :
    program == "" ? ["container \"${local.names[index]}\" has nothing to run: neither an entry point nor a command"] : [],
    [for variable in local.secret_names : "container \"${local.names[index]}\": ${variable} is set here already"
      if contains(concat(
        try([for entry in local.members[index].environment : try(entry.name, entry.Name, "")], []),
        try([for entry in local.members[index].secrets : try(entry.name, entry.Name, "")], []),
    ), variable)],
  ) if local.wrapped[index]])

  delivery_refusals = !anytrue(local.wrapped) || var.delivery == "embedded" ? [] : concat(
    var.agent_image == null ? ["agent_image is needed: the image that has the agent"] : [],
    length(local.list) >= 10 ? ["there are ${length(local.list)} containers already; ECS takes 10, and one more is needed"] : [],
    contains(local.names, local.init_name) ? ["the name \"${local.init_name}\" is taken; set name_prefix"] : [],
  )

  refusals = var.rendered != null ? [] : concat(local.list_refusals, local.spelling_refusals, local.undo_refusals, local.word_refusals,
  local.place_refusals, local.taken_refusals, local.program_refusals, local.delivery_refusals)

  warnings = concat(
    [for index, program in local.first_programs : "container \"${local.names[index]}\": the name of the program has a blank in it: \"${program}\"" if local.wrapped[index] && strcontains(program, " ")],
    [for index, reset in local.is_reset : "container \"${local.names[index]}\": [\"\"] takes the image's entry point away in Docker; that ECS does so too is not documented" if local.wrapped[index] && reset],
    [for index, image in local.images : "container \"${local.names[index]}\": what runs was taken from ${image}; a tag can move, a digest cannot" if local.wrapped[index] && local.by_image[index] && !strcontains(image, "@")],
    [for index, members in local.members : "container \"${local.names[index]}\": the agent may take 12 MiB of these ${members.memory} MiB" if local.wrapped[index] && try(tonumber(members.memory) <= 32, false)],
    [for index, members in local.members : "container \"${local.names[index]}\": when it ends, its last alerts may take 5 s to be acknowledged; its stopTimeout is ${members.stoptimeout}" if local.wrapped[index] && try(tonumber(members.stoptimeout) < 8, false)],
    [for image in [coalesce(var.agent_image, "@")] : "agent_image ${image}: a tag can move; a digest (NAME@sha256:...) cannot" if anytrue(local.wrapped) && !strcontains(image, "@")],
    [for name in [coalesce(var.proxy_container, "-")] : "the mesh's proxy redirects the agent's connection too: except it, or put the orchestrator in the mesh" if anytrue(local.wrapped) && name != "-"],
  )
}
