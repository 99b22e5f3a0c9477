package credentials

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	keyBits = 2048
	// published is how many keys of an account can be read: the one that signs and the one before it. What Google signed
	// stays verifiable for at least twelve hours, so a key is not withdrawn when the next one takes over.
	published = 2
	// certified is how long a certificate of a key runs.
	certified = 14 * 24 * time.Hour
)

// key is one key pair of a service account.
type key struct {
	id          string
	private     *rsa.PrivateKey
	certificate []byte // PEM
}

// keyring holds the keys of every account that was asked for. Keys come into being on first use, one account without
// waiting for another.
type keyring struct {
	clock    func() time.Time
	mu       sync.Mutex
	accounts map[string]*account
}

type account struct {
	mu   sync.Mutex
	keys []key // newest first
}

func newKeyring(clock func() time.Time) *keyring {
	return &keyring{clock: clock, accounts: make(map[string]*account)}
}

func (k *keyring) account(email string) *account {
	k.mu.Lock()
	defer k.mu.Unlock()
	a, ok := k.accounts[email]
	if !ok {
		a = new(account)
		k.accounts[email] = a
	}
	return a
}

// current returns the account's published keys, the signing one first.
func (k *keyring) current(email string) ([]key, error) {
	a := k.account(email)
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.keys) == 0 {
		if err := a.rotate(email, k.clock()); err != nil {
			return nil, err
		}
	}
	return slices.Clone(a.keys), nil
}

func (k *keyring) rotate(email string) error {
	a := k.account(email)
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.rotate(email, k.clock())
}

func (a *account) rotate(email string, now time.Time) error {
	made, err := newKey(email, now)
	if err != nil {
		return fmt.Errorf("making a key of %s: %w", email, err)
	}
	a.keys = slices.Insert(a.keys, 0, made)
	a.keys = a.keys[:min(len(a.keys), published)]
	return nil
}

func newKey(email string, now time.Time) (key, error) {
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return key{}, err
	}
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetInt64(now.UnixNano()),
		Subject:      pkix.Name{CommonName: strings.ReplaceAll(email, "@", ".")},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(certified),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		return key{}, err
	}
	sum := sha1.Sum(x509.MarshalPKCS1PublicKey(&private.PublicKey))
	return key{
		id:          hex.EncodeToString(sum[:]),
		private:     private,
		certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
	}, nil
}

type jwk struct {
	Type      string `json:"kty"`
	Algorithm string `json:"alg"`
	Use       string `json:"use"`
	ID        string `json:"kid"`
	N         string `json:"n"`
	E         string `json:"e"`
}

func jwkSet(keys []key) any {
	set := make([]jwk, 0, len(keys))
	encode := base64.RawURLEncoding.EncodeToString
	for _, k := range keys {
		e := big.NewInt(int64(k.private.E)).Bytes()
		set = append(set, jwk{"RSA", "RS256", "sig", k.id, encode(k.private.N.Bytes()), encode(e)})
	}
	return map[string][]jwk{"keys": set}
}

func certificates(keys []key) any {
	set := make(map[string]string, len(keys))
	for _, k := range keys {
		set[k.id] = string(k.certificate)
	}
	return set
}
