package bench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
)

// client is one keep-alive connection. It speaks just enough HTTP/1.1 to cost
// the machine little, because the service is measured on the same cores.
type client struct {
	conn net.Conn
	in   *bufio.Reader
	out  []byte // request being sent, reused
	body []byte // answer being read, reused
}

func dial(address string) (*client, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &client{conn: conn, in: bufio.NewReaderSize(conn, 16<<10)}, nil
}

func (c *client) close() { c.conn.Close() }

// request is what a connection sends next.
type request struct {
	method, path string
	cookie       string // token of a session
	body         []byte // reused from request to request
}

// answer is what came back. Body is valid until the next request.
type answer struct {
	status int
	body   []byte
}

// do sends a request and reads its answer.
func (c *client) do(r *request) (answer, error) {
	c.out = append(c.out[:0], r.method...)
	c.out = append(c.out, ' ')
	c.out = append(c.out, r.path...)
	// What a browser on the service's own pages sends with every request.
	c.out = append(c.out, " HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\nAccept-Language: zh-CN\r\nCookie: hufen="...)
	c.out = append(c.out, r.cookie...)
	if len(r.body) > 0 {
		c.out = append(c.out, "\r\nContent-Type: application/json\r\nContent-Length: "...)
		c.out = strconv.AppendInt(c.out, int64(len(r.body)), 10)
	}
	c.out = append(c.out, "\r\n\r\n"...)
	c.out = append(c.out, r.body...)
	if _, err := c.conn.Write(c.out); err != nil {
		return answer{}, err
	}
	return c.read()
}

var errNotHTTP = errors.New("the answer is not HTTP/1.1")

func (c *client) read() (answer, error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return answer{}, err
	}
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return answer{}, errNotHTTP
	}
	status, err := strconv.Atoi(string(line[9:12]))
	if err != nil {
		return answer{}, errNotHTTP
	}
	length, chunked, err := c.readHeader()
	if err != nil {
		return answer{}, err
	}
	c.body = c.body[:0]
	if chunked {
		err = c.readChunks()
	} else {
		err = c.readBytes(length)
	}
	return answer{status, c.body}, err
}

func (c *client) readHeader() (length int, chunked bool, err error) {
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return 0, false, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			return length, chunked, nil
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, false, errNotHTTP
			}
		}
		chunked = chunked || bytes.Equal(line, []byte("Transfer-Encoding: chunked"))
	}
}

// readBytes appends n bytes to the body.
func (c *client) readBytes(n int) error {
	from := len(c.body)
	if need := from + n; need > cap(c.body) {
		grown := make([]byte, from, 2*need)
		copy(grown, c.body)
		c.body = grown
	}
	c.body = c.body[:from+n]
	_, err := io.ReadFull(c.in, c.body[from:])
	return err
}

func (c *client) readChunks() error {
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(string(bytes.TrimRight(line, "\r\n")), 16, 32)
		if err != nil {
			return fmt.Errorf("%w: chunk of length %q", errNotHTTP, line)
		}
		if err := c.readBytes(int(n)); err != nil {
			return err
		}
		if _, err := c.in.Discard(len("\r\n")); err != nil || n == 0 {
			return err
		}
	}
}
