# `terraform init && terraform test` in the module's folder; no provider is needed.

variables {
  agent_image = "registry.example/agent@sha256:0000"
  container_definitions = [
    { name = "app", image = "example.com/app", entryPoint = ["/my", "entry"], command = ["serve"] },
    { name = "log", image = "example.com/router", firelensConfiguration = { type = "fluentbit" } },
  ]
}

run "entry_point_of_the_definition" {
  command = plan

  assert {
    condition     = jsondecode(output.container_definitions)[0].entryPoint == ["/tercel/tercel-agent", "run", "--", "/my", "entry"]
    error_message = "the agent's words must stand before the entry point"
  }
  assert {
    condition     = jsondecode(output.container_definitions)[0].command == ["serve"]
    error_message = "the command must stay"
  }
  assert {
    condition     = jsondecode(output.container_definitions)[2].name == "tercel-init" && output.volumes == [{ name = "tercel" }]
    error_message = "an init container and a volume must be there"
  }
  assert {
    condition     = output.instrumented == ["app"] && keys(output.skipped) == ["log"]
    error_message = "the log router must be left alone"
  }
  assert {
    condition     = !can(jsondecode(output.container_definitions)[0].environment) && !can(jsondecode(output.container_definitions)[0].linuxParameters)
    error_message = "neither the environment nor the capabilities may be touched"
  }
}

# What is instrumented already: again, with other options, and out again.

run "again" {
  command = plan

  variables {
    container_definitions = run.entry_point_of_the_definition.container_definitions
  }

  assert {
    condition     = output.container_definitions == run.entry_point_of_the_definition.container_definitions && output.instrumented == ["app"]
    error_message = "a second run must change nothing"
  }
}

run "upgrade" {
  command = plan

  variables {
    container_definitions = run.entry_point_of_the_definition.container_definitions
    orchestrator          = "tcp://o.example:7000"
    agent_image           = "registry.example/agent@sha256:1111"
  }

  assert {
    condition     = jsondecode(output.container_definitions)[0].entryPoint == ["/tercel/tercel-agent", "run", "--orchestrator", "tcp://o.example:7000", "--", "/my", "entry"]
    error_message = "only the agent's words may change"
  }
  assert {
    condition     = length(jsondecode(output.container_definitions)) == 3 && jsondecode(output.container_definitions)[2].image == "registry.example/agent@sha256:1111"
    error_message = "the one init container must have the new image"
  }
}

run "removal" {
  command = plan

  variables {
    container_definitions = run.entry_point_of_the_definition.container_definitions
    remove                = true
  }

  assert {
    condition = output.container_definitions == jsonencode([
      { name = "app", image = "example.com/app", entryPoint = ["/my", "entry"], command = ["serve"] },
      { name = "log", image = "example.com/router", firelensConfiguration = { type = "fluentbit" } },
    ]) && output.volumes == [] && output.instrumented == []
    error_message = "the containers must be as they were"
  }
}

run "words_that_are_not_what_the_label_says" {
  command = plan

  variables {
    container_definitions = [{
      name         = "app"
      image        = "example.com/app"
      entryPoint   = ["/somebody", "changed", "it"]
      dockerLabels = { "tercel.instrumented" = "1 ep=task cmd=none n=3" }
    }]
    remove = true
  }

  expect_failures = [output.container_definitions]
}

run "words_of_the_image" {
  command = plan

  variables {
    container_definitions = jsonencode([{ name = "app", image = "example.com/app" }])
    image_configs         = { "example.com/app" = { entrypoint = ["/entry.sh"], cmd = ["serve"] } }
  }

  assert {
    condition     = jsondecode(output.container_definitions)[0].entryPoint == ["/tercel/tercel-agent", "run", "--", "/entry.sh"] && jsondecode(output.container_definitions)[0].command == ["serve"]
    error_message = "the image's entry point and command must be written out"
  }
}

run "words_of_a_newer_image" {
  command = plan

  variables {
    container_definitions = run.words_of_the_image.container_definitions
    image_configs         = { app = { entrypoint = ["/newer.sh"], cmd = null } }
  }

  assert {
    condition     = jsondecode(output.container_definitions)[0].entryPoint == ["/tercel/tercel-agent", "run", "--", "/newer.sh"] && !can(jsondecode(output.container_definitions)[0].command)
    error_message = "what came from the image must follow it"
  }
}

run "unknown_image" {
  command = plan

  variables {
    container_definitions = [{ name = "app", image = "example.com/app" }]
  }

  expect_failures = [output.container_definitions]
}

run "two_spellings" {
  command = plan

  variables {
    container_definitions = [{ name = "app", image = "example.com/app", entryPoint = ["/a"], entrypoint = ["/b"] }]
  }

  expect_failures = [output.container_definitions]
}

run "other_vendor" {
  command = plan

  variables {
    container_definitions = [{ name = "app", image = "example.com/app", entryPoint = ["/opt/draios/bin/instrument"] }]
  }

  expect_failures = [output.container_definitions]
}

run "capability" {
  command = plan

  variables {
    capture = "trace"
  }

  assert {
    condition     = jsondecode(output.container_definitions)[0].linuxParameters.capabilities.add == ["SYS_PTRACE"]
    error_message = "trace needs SYS_PTRACE"
  }
}

run "nonsense" {
  command = plan

  variables {
    capture = "magic"
  }

  expect_failures = [var.capture]
}
