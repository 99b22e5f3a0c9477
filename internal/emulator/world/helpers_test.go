package world_test

import (
	"cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/genproto/googleapis/type/expr"
)

func conditional(expression string) *iampb.Binding {
	return &iampb.Binding{
		Role:      "roles/resourcemanager.projectIamAdmin",
		Members:   []string{"group:oncall@example.com"},
		Condition: &expr.Expr{Title: "t", Expression: expression},
	}
}
