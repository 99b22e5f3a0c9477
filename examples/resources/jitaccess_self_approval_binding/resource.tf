# People on call may activate the role on one project.
resource "jitaccess_self_approval_binding" "oncall" {
  project = "payments-prod"
  role    = "roles/compute.admin"
  members = ["group:oncall@example.com"]
}

# Two people may, on the disks of one project only.
resource "jitaccess_self_approval_binding" "disks" {
  project            = "payments-prod"
  role               = "roles/compute.storageAdmin"
  members            = ["user:alice@example.com", "user:bob@example.com"]
  title              = "Disk repair"
  description        = "CASE-1041, reviewed every quarter"
  resource_condition = "resource.type == 'compute.googleapis.com/Disk'"
}

# A group may, on each project below a folder.
resource "jitaccess_self_approval_binding" "logs" {
  folder  = "123456789012"
  role    = "roles/logging.privateLogViewer"
  members = ["group:oncall@example.com"]
}

# One resource for each role that a team may activate.
resource "jitaccess_self_approval_binding" "team" {
  for_each = toset(["roles/cloudsql.admin", "roles/pubsub.admin"])

  organization = "123456789012"
  role         = each.key
  members      = ["group:oncall@example.com"]
}
