# What the binding is known by: one of project, folder and organization, the role, and the resource condition, if any.
import {
  to = jitaccess_self_approval_binding.oncall
  identity = {
    project = "payments-prod"
    role    = "roles/compute.admin"
  }
}

import {
  to = jitaccess_self_approval_binding.disks
  identity = {
    project            = "payments-prod"
    role               = "roles/compute.storageAdmin"
    resource_condition = "resource.type == 'compute.googleapis.com/Disk'"
  }
}
