# PLACE ROLE, and after another blank the resource condition, if there is one.
# All users and groups that are eligible so come in: name them in members. Where they stand under several titles,
# the id names one after the role.
terraform import jitaccess_self_approval_binding.oncall 'projects/payments-prod roles/compute.admin'
terraform import jitaccess_self_approval_binding.network 'projects/payments-prod roles/compute.admin title="Network team"'
terraform import jitaccess_self_approval_binding.logs 'folders/123456789012 roles/logging.privateLogViewer'
terraform import jitaccess_self_approval_binding.disks 'projects/payments-prod roles/compute.storageAdmin resource.type == "compute.googleapis.com/Disk"'
