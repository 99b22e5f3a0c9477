# PLACE ROLE, and after another blank the resource condition, if there is one.
# All users and groups that are eligible so come in: name them in members. Where they stand under several titles,
# the id names one after the role.
terraform import jitaccess_multi_party_approval_binding.payments 'projects/payments-prod roles/cloudsql.admin'
terraform import jitaccess_multi_party_approval_binding.network 'projects/payments-prod roles/cloudsql.admin title="Network team"'
terraform import jitaccess_multi_party_approval_binding.folder 'folders/123456789012 roles/compute.securityAdmin'
terraform import jitaccess_multi_party_approval_binding.disks 'projects/payments-prod roles/compute.storageAdmin resource.type == "compute.googleapis.com/Disk"'
