// The verdict of Go's crypto/x509 on chains: a line of JSON each in, one out.
//
//	{"name":"…","host":"…","purpose":"server","anchors":["…"],"sent":["…"]}
//	{"name":"…","trusted":false,"reason":"…"}
//
// As crypto/tls does it: one certificate of the peer that cannot be parsed
// refuses the chain, one of the anchors is left out.
package main

import (
	"bufio"
	"crypto/x509"
	"encoding/json"
	"os"
)

type chain struct {
	Name    string   `json:"name"`
	Host    string   `json:"host"`
	Purpose string   `json:"purpose"`
	Anchors [][]byte `json:"anchors"`
	Sent    [][]byte `json:"sent"`
}

type verdict struct {
	Name    string `json:"name"`
	Trusted bool   `json:"trusted"`
	Reason  string `json:"reason"`
}

func verify(c chain) error {
	roots, others := x509.NewCertPool(), x509.NewCertPool()
	for _, der := range c.Anchors {
		if anchor, err := x509.ParseCertificate(der); err == nil {
			roots.AddCert(anchor)
		}
	}
	var leaf *x509.Certificate
	for i, der := range c.Sent {
		parsed, err := x509.ParseCertificate(der)
		if err != nil {
			return err
		}
		if i == 0 {
			leaf = parsed
		} else {
			others.AddCert(parsed)
		}
	}
	options := x509.VerifyOptions{Roots: roots, Intermediates: others}
	if c.Purpose == "client" {
		options.KeyUsages = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	} else {
		options.DNSName = c.Host
	}
	_, err := leaf.Verify(options)
	return err
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var c chain
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			panic(err)
		}
		v := verdict{Name: c.Name, Trusted: true}
		if err := verify(c); err != nil {
			v.Trusted, v.Reason = false, err.Error()
		}
		out.Encode(v)
	}
}
