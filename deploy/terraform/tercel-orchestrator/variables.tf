variable "name" {
  description = "Of the service, its role, its security group and its log group."
  type        = string
  default     = "tercel-orchestrator"
}

variable "image" {
  description = "The image of tercel-orchestrator, by digest."
  type        = string
}

variable "cluster_arn" {
  description = "The ECS cluster."
  type        = string
}

variable "vpc_id" {
  description = "The network of the agents."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets, best private ones, from which the image, the secrets and the log can be reached."
  type        = list(string)
}

variable "agent_cidrs" {
  description = "Where agents and operators connect from. The link is not encrypted; keep it inside the network."
  type        = list(string)
  default     = ["10.0.0.0/8"]
}

variable "assign_public_ip" {
  description = "True in public subnets without a NAT gateway."
  type        = bool
  default     = false
}

variable "token_secret_arn" {
  description = "The secret with the token of agents and operators."
  type        = string
}

variable "trust_secret_arn" {
  description = "The secret with the public keys whose bundles are taken, as the NAME.pub of tercelc keygen has them."
  type        = string
}

variable "namespace" {
  description = "Agents find the orchestrator at tcp://orchestrator.NAMESPACE:4400."
  type        = string
  default     = "tercel.internal"
}

variable "cpu" {
  description = "CPU units of the task."
  type        = number
  default     = 256
}

variable "memory" {
  description = "Of the task, in MiB; one of the sizes that Fargate has for cpu."
  type        = number
  default     = 512
}

variable "cpu_architecture" {
  description = "X86_64 or ARM64."
  type        = string
  default     = "X86_64"
}

variable "retention_in_days" {
  description = "Of the log group, which is where alerts are kept."
  type        = number
  default     = 365
}
