# What is to be done with each container, and every reason to refuse; the same decisions as `tercel-instrument
# task-definition` takes.
locals {
  init_name = "${var.name_prefix}-init"
  is_reset  = [for words in local.entry_points : length(words) == 1 && try(words[0] == "", false)]
  by_image  = [for words in local.entry_points : length(words) == 0]

  # Why a container is left alone; "": it is wrapped.
  skip_reasons = [for index, members in local.members : (
    startswith(coalesce(var.operating_system_family, "-"), "WINDOWS") ? "Windows" :
    try(members.firelensconfiguration, null) != null ? "it routes logs (firelensConfiguration)" :
    local.names[index] == coalesce(var.proxy_container, "-") ? "it is the mesh's proxy (proxyConfiguration)" :
    contains(var.include, local.names[index]) ? "" :
    contains(var.exclude, local.names[index]) ? "the list exclude says so" :
    try(tostring(local.docker_labels[index]["tercel.instrument"]), "") == "false" ? "its label says so (tercel.instrument)" :
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
    [for name in var.include : "include: there is no container \"${name}\"" if !contains(local.names, name)],
    [for name in var.exclude : "exclude: there is no container \"${name}\"" if !contains(local.names, name)],
  )

  spelling_refusals = flatten([for index, spelling in local.spelling : concat(
    [for key, keys in spelling : "container \"${local.names[index]}\": \"${keys[1]}\" beside \"${keys[0]}\": Terraform does not tell them apart" if length(keys) > 1],
    [for key, keys in spelling : "container \"${local.names[index]}\": \"${keys[0]}\" is ignored by Terraform's provider; it is spelled without underscores, as in the ECS API" if contains(["entry_point", "mount_points", "depends_on", "docker_labels", "linux_parameters", "volumes_from", "log_configuration", "firelens_configuration"], key)],
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

  program_refusals = flatten([for index, program in local.first_programs : concat(
    [for vendor in local.known.vendor_wrappers : "container \"${local.names[index]}\" is already wrapped by ${vendor.vendor}; two tracers cannot share it" if startswith(program, vendor.prefix)],
    program == "/tercel/tercel-agent" || contains(keys(local.docker_labels[index]), "tercel.instrumented") ? ["container \"${local.names[index]}\" is wrapped already; give its definition without the agent"] : [],
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

  refusals = var.rendered != null ? [] : concat(local.list_refusals, local.spelling_refusals, local.word_refusals,
  local.place_refusals, local.program_refusals, local.delivery_refusals)

  warnings = concat(
    [for index, program in local.first_programs : "container \"${local.names[index]}\": the name of the program has a blank in it: \"${program}\"" if local.wrapped[index] && strcontains(program, " ")],
    [for index, reset in local.is_reset : "container \"${local.names[index]}\": [\"\"] takes the image's entry point away in Docker; that ECS does so too is not documented" if local.wrapped[index] && reset],
    [for index, image in local.images : "container \"${local.names[index]}\": what runs was taken from ${image}; a tag can move, a digest cannot" if local.wrapped[index] && local.by_image[index] && !strcontains(image, "@")],
    [for image in [coalesce(var.agent_image, "@")] : "agent_image ${image}: a tag can move; a digest (NAME@sha256:...) cannot" if anytrue(local.wrapped) && !strcontains(image, "@")],
    [for name in [coalesce(var.proxy_container, "-")] : "the mesh's proxy redirects the agent's connection too: except it, or put the orchestrator in the mesh" if anytrue(local.wrapped) && name != "-"],
  )
}
