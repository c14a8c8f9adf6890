package main

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

type visit struct {
	chain
	Port    string `json:"port"`
	Version string `json:"version"`
}

type outcome struct {
	Port string `json:"port"`
	// Bytes of the application.
	Received int    `json:"received"`
	Error    string `json:"error"`
}

// Connects as each line of input says, presents the chain, says "secret", and
// reads to the end. Prints an outcome for each.
func present() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	out := json.NewEncoder(os.Stdout)
	var mutex sync.Mutex
	var active sync.WaitGroup
	places := make(chan struct{}, 8)
	for lines.Scan() {
		var v visit
		check(json.Unmarshal(lines.Bytes(), &v))
		active.Add(1)
		places <- struct{}{}
		go func() {
			defer active.Done()
			received, err := v.hold()
			result := outcome{Port: v.Port, Received: received}
			if err != nil {
				result.Error = err.Error()
			}
			mutex.Lock()
			out.Encode(result)
			mutex.Unlock()
			<-places
		}()
	}
	active.Wait()
}

func (v visit) hold() (int, error) {
	conn, err := net.Dial("tcp", "127.0.0.1:"+v.Port)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(limit))
	secured := tls.Client(conn, &tls.Config{
		InsecureSkipVerify: true,
		MinVersion:         versions[v.Version],
		MaxVersion:         versions[v.Version],
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			// None is presented for a chain of none.
			if len(v.Sent) == 0 {
				return &tls.Certificate{}, nil
			}
			return v.certificate()
		},
	})
	if err := secured.Handshake(); err != nil {
		return 0, err
	}
	if _, err := secured.Write([]byte("secret")); err != nil {
		return 0, err
	}
	received, err := io.Copy(io.Discard, secured)
	return int(received), err
}
