terraform {
  required_providers {
    jitaccess = {
      source = "jitaccess/jitaccess"
    }
  }
}

# Application default credentials: those of "gcloud auth application-default login" on a desk,
# of the attached service account in CI on Google Cloud, or of workload identity federation elsewhere.
provider "jitaccess" {}
