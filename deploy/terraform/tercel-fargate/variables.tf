variable "container_definitions" {
  description = "The containers: what jsonencode() gives for aws_ecs_task_definition, or the list of objects itself."
  type        = any
}

variable "remove" {
  description = "Take the agent out again: container_definitions as they were before this module, or tercel-instrument, added it."
  type        = bool
  default     = false
  nullable    = false
}

variable "agent_image" {
  description = "The image that has the agent; best by digest. Not needed with delivery = \"embedded\"."
  type        = string
  default     = null
}

variable "orchestrator" {
  description = "What the agent reports to: tcp://HOST:PORT."
  type        = string
  default     = null
}

variable "trust_key" {
  description = "The public key whose bundles the agent takes: the second line of NAME.pub, or a path in the container."
  type        = string
  default     = null
}

variable "bundle" {
  description = "The rules that the agent begins with: a path in the container."
  type        = string
  default     = null
}

variable "token_secret_arn" {
  description = "The secret with the agent's token. The task's execution role must be allowed to read it."
  type        = string
  default     = null
}

variable "ca_secret_arn" {
  description = "The secret with the certificates that the agent trusts."
  type        = string
  default     = null
}

variable "proxy" {
  description = "The proxy that the agent goes through: a URL."
  type        = string
  default     = null
}

variable "labels" {
  description = "What the agent tells the orchestrator about itself."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "agent_options" {
  description = "More words for `tercel-agent run`."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = !contains(var.agent_options, "--")
    error_message = "\"--\" is where the agent's options end."
  }
}

variable "include" {
  description = "Names of containers (or #1 for the first one) that are wrapped although their image is known as a helper's."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "exclude" {
  description = "Names of containers (or #1 for the first one) that are left alone."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "tags" {
  description = "The task's tags: tercel-ignore, tercel-ignore-containers, tercel-include and tercel-include-containers (\":\" between names) choose what is wrapped."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "only_tagged" {
  description = "Wrap only what a tag includes."
  type        = bool
  default     = false
  nullable    = false
}

variable "peer_hints" {
  description = "Follow kilt's tags and CrowdStrike's label too."
  type        = bool
  default     = false
  nullable    = false
}

variable "capture" {
  description = "\"notify\" adds no capability; \"trace\" adds SYS_PTRACE."
  type        = string
  default     = "notify"
  nullable    = false

  validation {
    condition     = contains(["notify", "trace"], var.capture)
    error_message = "capture is \"notify\" or \"trace\"."
  }
}

variable "delivery" {
  description = "How the agent gets into the container: \"init\" (an init container and a volume), \"volumes-from\", or \"embedded\" (it is in the image)."
  type        = string
  default     = "init"
  nullable    = false

  validation {
    condition     = contains(["init", "volumes-from", "embedded"], var.delivery)
    error_message = "delivery is \"init\", \"volumes-from\" or \"embedded\"."
  }
}

variable "image_configs" {
  description = "What images run by themselves, by container name or image: ENTRYPOINT and CMD. Needed where a container has no entryPoint."
  type = map(object({
    entrypoint = optional(list(string))
    cmd        = optional(list(string))
  }))
  default  = {}
  nullable = false
}

variable "unknown_image" {
  description = "What to do with a container of which nothing says what it runs: \"refuse\" or \"skip\"."
  type        = string
  default     = "refuse"
  nullable    = false

  validation {
    condition     = contains(["refuse", "skip"], var.unknown_image)
    error_message = "unknown_image is \"refuse\" or \"skip\"."
  }
}

variable "init_log_configuration" {
  description = "The init container's logConfiguration; without it, that of the first wrapped container if it is awslogs."
  type        = any
  default     = null
}

variable "init_user" {
  description = "The init container's user; a fresh volume belongs to root."
  type        = string
  default     = "0"
  nullable    = false
}

variable "name_prefix" {
  description = "Of the init container and the volume."
  type        = string
  default     = "tercel"
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,200}$", var.name_prefix))
    error_message = "name_prefix: letters, digits, \"-\" and \"_\" only."
  }
}

variable "force_pid1" {
  description = "Wrap programs that want to be process 1."
  type        = bool
  default     = false
  nullable    = false
}

variable "cpu_architecture" {
  description = "As in the task's runtime_platform: decides which variant of an image terraform-external reads."
  type        = string
  default     = null
}

variable "operating_system_family" {
  description = "As in the task's runtime_platform: Windows is left alone."
  type        = string
  default     = null
}

variable "proxy_container" {
  description = "The mesh's proxy, as in the task's proxy_configuration: it is left alone."
  type        = string
  default     = null
}

variable "rendered" {
  description = "The result of a data source \"external\" that ran `tercel-instrument terraform-external` with this module's output `query`: used instead of the module's own decisions."
  type        = map(string)
  default     = null
}
