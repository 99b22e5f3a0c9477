package app

// maxLabel is the longest part of a host name between two dots: RFC 1035 section 2.3.4.
const maxLabel = 63

// publicURL is what links in mail begin with: what is configured, or else the address that Cloud
// Run gives the service. It is "" where it is not known, and on App Engine, whose front end says it
// with each request. Behind a load balancer people open another address than the service's own, and
// without the check of the audience nobody knows whether there is one.
func publicURL(s Settings, d deployment) string {
	switch {
	case s.PublicURL != "":
		return s.PublicURL
	case !s.servedDirectly() || s.AppEngine != "" || s.CloudRun == "":
		return ""
	}
	// A longer name has an address by a hash, which the service cannot know:
	// cloud.google.com/run/docs/triggering/https-request.
	label := s.CloudRun + "-" + d.Number
	if len(label) > maxLabel {
		return ""
	}
	return "https://" + label + "." + d.Region + ".run.app"
}

// appEngineService is the service of App Engine that the portal is, if nothing but App Engine's own
// front end is in front of it, and otherwise "".
func appEngineService(s Settings) string {
	if !s.servedDirectly() {
		return ""
	}
	return s.AppEngine
}

// servedDirectly reports whether no load balancer stands in front, which the audience of assertions
// proves where it is checked.
func (s Settings) servedDirectly() bool { return s.VerifyAudience && s.BackendService == "" }

// addressWarnings say which variable is missing where links would be needed and cannot be made.
func addressWarnings(s Settings, d deployment) []string {
	needed := s.Mail.SMTP.SenderAddress != "" || s.Mail.Topic != ""
	if !needed || publicURL(s, d) != "" || appEngineService(s) != "" {
		return nil
	}
	return []string{"PUBLIC_URL is not set, and nothing else says where people open the portal: " +
		"nobody gets mail, and messages to the topic have no links; set https://HOST"}
}
