// TLS peers that present certificates byte for byte, without reading them.
//
//	peer serve CASES.json PATH    serves every case: see serve.go
//	peer present                  presents clients' certificates: see present.go
//
// crypto/tls sends what tls.Certificate holds, as long as it is not given a
// choice between several.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"time"
)

// How long a connection may take.
const limit = 20 * time.Second

type chain struct {
	Name string   `json:"name"`
	Sent [][]byte `json:"sent"`
	Key  []byte   `json:"key"`
}

func (c chain) certificate() (*tls.Certificate, error) {
	key, err := x509.ParsePKCS8PrivateKey(c.Key)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: c.Sent, PrivateKey: key}, nil
}

var versions = map[string]uint16{
	"TLSv1.2": tls.VersionTLS12,
	"TLSv1.3": tls.VersionTLS13,
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	switch os.Args[1] {
	case "serve":
		serve(os.Args[2], os.Args[3])
	case "present":
		present()
	}
}
