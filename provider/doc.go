// Package provider is the Terraform provider for just-in-time access: its configuration, whose
// credentials call Google, and the list of its resources, which are packages of their own.
//
// Nobody is called, and no credentials are looked for, before a resource reads or writes something.
// A setting that cannot be used is refused on the attribute, or by the name of the environment
// variable that it comes from; one that is not known yet is waited for.
package provider
