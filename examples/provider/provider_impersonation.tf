# Whoever runs Terraform acts as a service account that may write the policies, and
# needs roles/iam.serviceAccountTokenCreator on it.
provider "jitaccess" {
  impersonate_service_account = "terraform@jit-access.iam.gserviceaccount.com"
  billing_project             = "jit-access"

  # Warns of bindings on the project that the portal runs in.
  portal_project = "jit-access"
}
