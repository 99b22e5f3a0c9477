package request

import (
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"math/big"
	"strings"
	"testing"
)

// Tokens that were signed once, as they stand in links, by a key whose private half is gone: they
// must stay readable, and a fuzzer needs the same key set in every process.
const (
	modulus = "w5wu3TzyyDpVuvfq6aoyIOVT5OPh7YtinGnS2jBnYTdvlnsbCo30g9QHFZ71L2LGMaEqsMHhODu0U3QmXi65Ige-c4UPB4xLQca78PvvWtKF50" +
		"zrze98NF1pH2NrHUiim3ZZta1j7jMthx4o4X6ItuHNAsYqbwN1InJX3aLSlfjDlWIohaqwiqEMDTbGxJyYFDQVYSFHpKZeIOker6KGLiweNlzj" +
		"wrZUMnZGZmbJ-tGd4iyACoo8vZ0-W3eem4TXnqthqpJwmtVR-0KSIZ3gdhGtsCntIUED9cuzPIC41EzwQyn3g7mJGpLzhlXwYkE10EIlwKt-5Q" +
		"HgNrcsnWvAmw"
	storedToken = "JhbGciOiJSUzI1NiIsImtpZCI6ImtleS0xIiwidHlwIjoiSldUIn0~~Jpc3MiOiJwb3J0YWxAaml0LWFjY2Vzcy5pYW0uZ3NlcnZpY2VhY2Nvd" +
		"W50LmNvbSIsImF1ZCI6InBvcnRhbEBqaXQtYWNjZXNzLmlhbS5nc2VydmljZWFjY291bnQuY29tIiwiaWF0IjoxNzk1MTY1MjAwLCJleHAiOjE" +
		"3OTUxNjg4MDAsImp0aSI6Im1wYS1BQUFBQkJCQkNDQ0MtXzEyIiwiYmVuZWZpY2lhcnkiOiJhbGljZUBleGFtcGxlLmNvbSIsInJldmlld2Vyc" +
		"yI6WyJib2JAZXhhbXBsZS5jb20iLCJjYXJvbEBleGFtcGxlLmNvbSJdLCJlbnRpdGxlbWVudCI6InBheW1lbnRzLXByb2Q6cm9sZXMvY29tcHV" +
		"0ZS5hZG1pbjpjbVZ6YjNWeVkyVXVibUZ0WlNBOVBTQWllQ0k9IiwianVzdGlmaWNhdGlvbiI6IkJVRy0xIDxkaXNrPiAmIMOpIiwic3RhcnQiO" +
		"jE3OTUxNjUyMDAsImVuZCI6MTc5NTE3MjQwMCwidiI6MSwidXNlIjoiYXBwcm92ZSIsImR1cmF0aW9uIjo3MjAwLCJiaW5kaW5nIjoiMDEyMzQ" +
		"1Njc4OWFiY2RlZmdoaWpBQkNERUZHSElKLV8wMTIzNDU2Nzg5YSJ9~QAq3SbMV9XCVt_jpCu1zKUDeDTrkASY63JHZbkDbDgA7Le2F8ml5fgyp" +
		"HD-A0n8haUdu2jr9IP0jjQUBEG8Bztpzrz66-MezR0oqi_lgbQGJjdi0tvpK4Z0AD2yCByxtOWQSq3maPC4uzibr7fZ7YJAXmp395Uony7Qa8E" +
		"J2SfeNZ5Z2znubDEYHBB8RL1kSmxvr5WiUpH21BhqLc1GfKrsLr1uuly9g8Y0X8Ps3jbUIjCDu-vgB1bV772aeS0riAVZmHsTHhDnFDj7YHKhc" +
		"oLgDexGyEv2boLWt5DKAI1mbHwosixt0Tn2VX2Qajqx0iEmIY7gPH8LTvLDVxATcYg"
	storedToken181 = "JhbGciOiJSUzI1NiIsImtpZCI6ImtleS0xIiwidHlwIjoiSldUIn0~~JhdWQiOiJwb3J0YWxAaml0LWFjY2Vzcy5pYW0uZ3NlcnZpY2VhY2Nvd" +
		"W50LmNvbSIsImV4cCI6MTc5NTE2ODgwMCwiaWF0IjoxNzk1MTY1MjAwLCJpc3MiOiJwb3J0YWxAaml0LWFjY2Vzcy5pYW0uZ3NlcnZpY2VhY2N" +
		"vdW50LmNvbSIsImp0aSI6Im1wYS1BQUFBQkJCQkNDQ0MrLzEyIiwiYmVuZWZpY2lhcnkiOiJhbGljZUBleGFtcGxlLmNvbSIsInJldmlld2Vyc" +
		"yI6WyJib2JAZXhhbXBsZS5jb20iLCJjYXJvbEBleGFtcGxlLmNvbSJdLCJlbnRpdGxlbWVudCI6InBheW1lbnRzLXByb2Q6cm9sZXMvY29tcHV" +
		"0ZS5hZG1pbjpjbVZ6YjNWeVkyVXVibUZ0WlNBOVBTQWllQ0k9IiwianVzdGlmaWNhdGlvbiI6IkJVRy0xIFx1MDAzY2Rpc2tcdTAwM2UgXHUwM" +
		"DI2IMOpIiwic3RhcnQiOjE3OTUxNjUyMDAsImVuZCI6MTc5NTE3MjQwMH0~M8w5gl7HcgkJ3Igl5weseSHPnICfRGjU2_TjBAipPrfIa4Yoobc" +
		"WI1RtDtyX8aiQxuQdjadtMZEC6lU1sCW4uxw_iZqzJsJ9_tM28mFl-dGhwFIq9sSZsv0eSNDuxyRil57HGAsMonjyUvHl8sSKULxFgIxcUwYCD" +
		"r7Y0w9sytL9B5k_S24_JeQLgqRt3EsK72zfD-5QjD1WPn6n0NlxB3LBz4A2cbIO8qB3t2cliqr0MkUOamCZKIiJhKBxvuQJv9-lLjS-zc7q3gz" +
		"g6b9Taz2qTvboN7IF_Cv61wUg7QvqUvbuLfwnGkvVOQuE8g7S6LutluBxlc0hgRahVtYq6g"
)

// storedKeys publishes the public key of the stored tokens.
func storedKeys(t testing.TB) *fakeGoogle {
	t.Helper()
	n, err := base64.RawURLEncoding.DecodeString(modulus)
	if err != nil {
		t.Fatal(err)
	}
	key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537}}
	return &fakeGoogle{keys: map[string]*rsa.PrivateKey{"key-1": key}}
}

func TestRedeem_TokensThatWereSignedLongAgo(t *testing.T) {
	t.Parallel()
	r := storedKeys(t).redeemer(now)
	for link, want := range map[string]Claims{storedToken: aliceClaims(), storedToken181: olderClaims()} {
		token, err := Reveal(link)
		if err != nil {
			t.Fatal(err)
		}
		checkRedeemed(t, r, token, want)
	}
}

func FuzzRedeem(f *testing.F) {
	r := storedKeys(f).redeemer(now)
	good, err := Reveal(storedToken)
	if err != nil {
		f.Fatal(err)
	}
	older, err := Reveal(storedToken181)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(older)
	f.Add(good[:len(good)-1])
	f.Add(good + "\n")
	f.Add(good[:strings.LastIndexByte(good, '.')+1])
	f.Add("eyJhbGciOiJSUzI1NiIsImtpZCI6ImtleS0xIn0.bnVsbA.AAAA")
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("bnVsbA.bnVsbA.")
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		got, err := r.Redeem(t.Context(), token)
		if _, ok := errors.AsType[*Error](err); err != nil && !ok {
			t.Errorf("got %v, want an *Error", err)
		}
		if (err == nil) != (token == good || token == older) { // one spelling only
			t.Errorf("%q: got %v, %v", token, got, err)
		}
	})
}
