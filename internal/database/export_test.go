package database

import (
	"context"
	"database/sql/driver"
)

// AsGalera opens connections that are treated as those to a Galera node.
func AsGalera(c driver.Connector) driver.Connector { return galeraConnector{c} }

type galeraConnector struct{ driver.Connector }

func (c galeraConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	conn.(*wholeConn).galera = true
	return conn, nil
}
