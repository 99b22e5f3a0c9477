# People of one group may activate the role once another of them has approved.
resource "jitaccess_multi_party_approval_binding" "payments" {
  project = "payments-prod"
  role    = "roles/cloudsql.admin"
  members = ["group:oncall@example.com"]
}

# Two people approve each other's requests, for the disks of one project only.
resource "jitaccess_multi_party_approval_binding" "disks" {
  project            = "payments-prod"
  role               = "roles/compute.storageAdmin"
  members            = ["user:alice@example.com", "user:bob@example.com"]
  title              = "Disk repair"
  description        = "CASE-1041, reviewed every quarter"
  resource_condition = "resource.type == 'compute.googleapis.com/Disk'"
}

# On each project below a folder, with somebody who may approve besides the group.
resource "jitaccess_multi_party_approval_binding" "folder" {
  folder  = "123456789012"
  role    = "roles/compute.securityAdmin"
  members = ["group:oncall@example.com", "user:carol@example.com"]
}
