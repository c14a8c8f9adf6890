package main

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The paths on which each case has a listener of its own.
var paths = map[string]struct{ network, version string }{
	"tcp13":  {"tcp", "TLSv1.3"},
	"tcp12":  {"tcp", "TLSv1.2"},
	"unix13": {"unix", "TLSv1.3"},
}

// What came over the connections of one case on one path.
type tally struct {
	Connections int `json:"connections"`
	// Bytes of the application.
	Received int `json:"received"`
}

type server struct {
	cases   []*tls.Certificate
	mutex   sync.Mutex
	tallies map[int]*tally
	active  sync.WaitGroup
}

// Serves the cases of a file, which is {"cases":[…],"outer":{…}}, on a path;
// Unix sockets are made beside the file. Prints the ports or paths as a list.
//
// On the paths "start" and "inner" one listener is for all: a connection begins
// with the line "<index> <version>", answered by "go", in the clear or within
// TLS of `outer`.
//
// A line of input is answered, when no connection is left, by what has come
// since: {"<index>":{"connections":1,"received":4},…}
func serve(file, path string) {
	text, err := os.ReadFile(file)
	check(err)
	var config struct {
		Cases []chain `json:"cases"`
		Outer chain   `json:"outer"`
	}
	check(json.Unmarshal(text, &config))
	outer, err := config.Outer.certificate()
	check(err)
	s := &server{tallies: map[int]*tally{}}
	for _, c := range config.Cases {
		certificate, err := c.certificate()
		check(err)
		s.cases = append(s.cases, certificate)
	}
	places := []string{}
	switch path {
	case "start":
		places = append(places, s.listen("tcp", "127.0.0.1:0", s.begin))
	case "inner":
		places = append(places, s.listen("tcp", "127.0.0.1:0", func(conn net.Conn) {
			s.begin(tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{*outer}}))
		}))
	default:
		kind := paths[path]
		for index := range s.cases {
			index := index
			address := "127.0.0.1:0"
			if kind.network == "unix" {
				address = filepath.Join(filepath.Dir(file), strconv.Itoa(index))
			}
			places = append(places, s.listen(kind.network, address, func(conn net.Conn) {
				s.secure(conn, index, kind.version)
			}))
		}
	}
	out := json.NewEncoder(os.Stdout)
	out.Encode(places)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		s.active.Wait()
		s.mutex.Lock()
		out.Encode(s.tallies)
		s.tallies = map[int]*tally{}
		s.mutex.Unlock()
	}
}

// Listens, and returns the port or path.
func (s *server) listen(network, address string, handle func(net.Conn)) string {
	listener, err := net.Listen(network, address)
	check(err)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			s.active.Add(1)
			go func() {
				defer s.active.Done()
				defer conn.Close()
				conn.SetDeadline(time.Now().Add(limit))
				handle(conn)
			}()
		}
	}()
	if network == "unix" {
		return address
	}
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}

// Reads the line that names the case, byte by byte: TLS comes behind it.
func (s *server) begin(conn net.Conn) {
	line := []byte{}
	for one := make([]byte, 1); len(line) < 64; line = append(line, one[0]) {
		if _, err := io.ReadFull(conn, one); err != nil {
			return
		}
		if one[0] == '\n' {
			break
		}
	}
	var index int
	var version string
	if n, _ := fmt.Sscan(strings.TrimSpace(string(line)), &index, &version); n != 2 {
		return
	}
	if _, err := conn.Write([]byte("go")); err != nil {
		return
	}
	s.secure(conn, index, version)
}

// Presents the chain, says "secret", and counts what comes.
func (s *server) secure(conn net.Conn, index int, version string) {
	s.count(index, 1, 0)
	secured := tls.Server(conn, &tls.Config{
		Certificates: []tls.Certificate{*s.cases[index]},
		MinVersion:   versions[version],
		MaxVersion:   versions[version],
	})
	if secured.Handshake() != nil {
		return
	}
	secured.Write([]byte("secret"))
	buffer := make([]byte, 1024)
	for {
		n, err := secured.Read(buffer)
		s.count(index, 0, n)
		if err != nil {
			return
		}
	}
}

func (s *server) count(index, connections, received int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.tallies[index] == nil {
		s.tallies[index] = &tally{}
	}
	s.tallies[index].Connections += connections
	s.tallies[index].Received += received
}
