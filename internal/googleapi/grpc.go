package googleapi

import (
	"context"
	"net"
	"strings"

	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// GRPC returns options for a gRPC client of cloud.google.com/go that calls host, such as
// "cloudasset.googleapis.com": by TLS to Google or to the https endpoint, in plain text to an http
// endpoint, which is on this machine. gRPC knows no paths: an endpoint serves all hosts at its host
// and port.
func (a *Access) GRPC(host string) []option.ClientOption {
	target, plaintext := net.JoinHostPort(host, "443"), false
	if a.endpoint != nil {
		target, plaintext = a.endpoint.grpcTarget(), a.endpoint.plaintext()
	}
	security := credentials.NewTLS(tlsConfig(a.roots))
	if plaintext {
		security = insecure.NewCredentials()
	}
	options := []option.ClientOption{
		option.WithEndpoint(target),
		option.WithoutAuthentication(), // the library's: the token comes with each call, below
		option.WithGRPCDialOption(grpc.WithTransportCredentials(security)),
		option.WithGRPCDialOption(grpc.WithPerRPCCredentials(callCredentials{a.bearer, !plaintext})),
		option.WithTelemetryDisabled(),
	}
	if a.meter != nil {
		options = append(options, option.WithGRPCDialOption(grpc.WithChainUnaryInterceptor(meterCalls(a.meter, host))))
	}
	if a.userAgent != "" {
		options = append(options, option.WithUserAgent(a.userAgent))
	}
	return options
}

// callCredentials adds the token to each call; over an insecure connection only if it was made for
// one.
type callCredentials struct {
	bearer *bearer
	secure bool
}

func (p callCredentials) GetRequestMetadata(ctx context.Context, _ ...string) (map[string]string, error) {
	headers, err := p.bearer.headers(ctx)
	if err != nil {
		return nil, err
	}
	metadata := make(map[string]string, len(headers))
	for name, value := range headers {
		metadata[strings.ToLower(name)] = value
	}
	return metadata, nil
}

func (p callCredentials) RequireTransportSecurity() bool { return p.secure }
