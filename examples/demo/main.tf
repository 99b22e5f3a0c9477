# Who may activate what in the demo's organization. Each of these bindings grants nothing by itself: it lets its
# members activate the role in the portal, for a while, with a justification.

terraform {
  required_version = ">= 1.8"

  required_providers {
    jitaccess = {
      source = "registry.terraform.io/jitaccess/jitaccess"
    }
  }
}

# Credentials and the address of Google's APIs come from the environment, as the demo sets it.
provider "jitaccess" {}

variable "organization" {
  description = "Number of the organization."
  type        = string
  default     = "433637338589"
}

variable "production" {
  description = "Number of the folder that holds what customers depend on."
  type        = string
  default     = "100000000001"
}

# On call people reach the machines of the payment service; the group holds other groups.
resource "jitaccess_self_approval_binding" "oncall_compute" {
  project = "payments-prod"
  role    = "roles/compute.admin"
  members = ["group:oncall@example.com"]
}

# One person, by name.
resource "jitaccess_self_approval_binding" "alice_containers" {
  project     = "payments-prod"
  role        = "roles/container.admin"
  members     = ["user:Alice@example.com", "user:dave@example.com"]
  title       = "Cluster maintenance"
  description = "Agreed in CASE-1041"
}

# A part of a project: one family of secrets.
resource "jitaccess_self_approval_binding" "payment_secrets" {
  project            = "payments-prod"
  role               = "roles/secretmanager.secretAccessor"
  members            = ["group:payments@example.com"]
  resource_condition = "resource.name.startsWith('projects/200000000001/secrets/psp-')"
}

# A peer must approve: one of those who are eligible themselves.
resource "jitaccess_multi_party_approval_binding" "ledger_failover" {
  project = "payments-prod"
  role    = "roles/cloudsql.admin"
  members = ["group:payments@example.com", "group:oncall@example.com"]
}

# A folder: every project below it, in any depth.
resource "jitaccess_self_approval_binding" "production_logs" {
  folder  = var.production
  role    = "roles/logging.privateLogViewer"
  members = ["group:sre@example.com"]
}

# The whole organization.
resource "jitaccess_self_approval_binding" "security_review" {
  organization = var.organization
  role         = "roles/iam.securityReviewer"
  members      = ["group:security@example.com", "user:grace@example.com"]
}

# People of another domain, through a group.
resource "jitaccess_self_approval_binding" "warehouse" {
  project = "data-warehouse"
  role    = "roles/bigquery.dataViewer"
  members = ["group:data@example.com"]
}

output "conditions" {
  description = "The conditions as they stand in the policies."
  value = {
    secrets = jitaccess_self_approval_binding.payment_secrets.condition
    oncall  = jitaccess_self_approval_binding.oncall_compute.condition
  }
}
