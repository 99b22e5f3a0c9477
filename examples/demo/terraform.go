package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// copyConfiguration copies the Terraform files of one folder into another.
func copyConfiguration(from, to string) error {
	files, err := filepath.Glob(filepath.Join(from, "*.tf"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("there is no Terraform configuration in %s", from)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("reading the configuration: %w", err)
		}
		if err := os.WriteFile(filepath.Join(to, filepath.Base(file)), text, 0o600); err != nil {
			return fmt.Errorf("copying the configuration: %w", err)
		}
	}
	return nil
}
