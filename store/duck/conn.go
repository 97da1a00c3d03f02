package duck

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"
	"unsafe"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/duckdb/duckdb-go/v2/mapping"

	"willbuy/store"
)

// conn is a database in memory by DuckDB's C interface, whose results are
// columns: of 200,000 rows of 8 numbers, database/sql takes 200 ms to hand them
// over one by one, each in a box, and reading the columns 2 ms.
type conn struct {
	db   mapping.Database
	conn mapping.Connection
	busy sync.Mutex // one statement at a time

	ample bool // some statement needed ampleMemory
}

// openConn opens a database with these settings.
func openConn(settings []string) (*conn, error) {
	var config mapping.Config
	if mapping.CreateConfig(&config) == mapping.StateError {
		return nil, errNoDuckDB("")
	}
	defer mapping.DestroyConfig(&config)
	c := &conn{}
	var why string
	if mapping.OpenExt("", &c.db, config, &why) == mapping.StateError {
		return nil, errNoDuckDB(why)
	}
	if mapping.Connect(c.db, &c.conn) == mapping.StateError {
		c.close()
		return nil, errNoDuckDB("it gives no connection")
	}
	for _, text := range settings {
		if err := c.exec(context.Background(), text); err != nil {
			c.close()
			return nil, err
		}
	}
	return c, nil
}

type errNoDuckDB string

func (e errNoDuckDB) Error() string { return "start DuckDB: " + string(e) }

func (c *conn) close() {
	mapping.Disconnect(&c.conn)
	mapping.Close(&c.db)
}

// exec runs a statement whose result nobody wants.
func (c *conn) exec(ctx context.Context, text string) error {
	return c.query(ctx, text, nil, nil)
}

// watchEvery is how often a statement that runs is looked after.
const watchEvery = 50 * time.Millisecond

// query runs a statement and calls each with the chunks of its result, one
// after the other. While it runs, progress, which may be nil, is told the rows
// read so far and in all, as far as DuckDB knows.
func (c *conn) query(ctx context.Context, text string, progress func(done, total int64), each func(chunk) error) error {
	result, err := c.run(ctx, text, progress)
	if err != nil {
		return err
	}
	defer mapping.DestroyResult(&result)
	for each != nil {
		part, ok := nextChunk(result)
		if !ok {
			return nil
		}
		err := each(part)
		part.free()
		if err != nil {
			return err
		}
	}
	return nil
}

// ampleMemory is what DuckDB may take for a statement that failed with less.
const ampleMemory = "2GB"

// run gives the result of a statement, which has to be destroyed. One that needs
// more memory than the settings allow is run again with more.
func (c *conn) run(ctx context.Context, text string, progress func(done, total int64)) (result mapping.Result, err error) {
	c.busy.Lock()
	defer c.busy.Unlock()
	result, err = c.try(ctx, text, progress)
	if errors.Is(err, store.ErrMemory) && !c.ample {
		c.ample = true
		if _, err := c.try(ctx, "SET memory_limit = "+lit(ampleMemory), nil); err != nil {
			return result, err
		}
		result, err = c.try(ctx, text, progress)
	}
	return result, err
}

// evict makes DuckDB let go of the blocks of files that it keeps for a next
// statement: allowed next to no memory for a moment, it frees what it can. That
// this may not be enough for the allowance is no error.
func (c *conn) evict(ctx context.Context) {
	c.busy.Lock()
	defer c.busy.Unlock()
	limit := tableMemory()
	if c.ample {
		limit = ampleMemory
	}
	for _, memory := range []string{"16MB", limit} {
		if result, err := c.try(ctx, "SET memory_limit = "+lit(memory), nil); err == nil {
			mapping.DestroyResult(&result)
		}
	}
}

func (c *conn) try(ctx context.Context, text string, progress func(done, total int64)) (result mapping.Result, err error) {
	if err := ctx.Err(); err != nil {
		return result, err
	}
	var watch sync.WaitGroup
	finished := make(chan struct{})
	watch.Go(func() { c.watch(ctx, finished, progress) })
	state := mapping.Query(c.conn, text, &result)
	close(finished)
	watch.Wait()
	if state == mapping.StateError {
		err = explain(&duckdb.Error{Type: duckdb.ErrorType(mapping.ResultErrorType(&result)), Msg: mapping.ResultError(&result)})
		mapping.DestroyResult(&result)
		if ctx.Err() != nil {
			err = ctx.Err()
		}
	}
	return result, err
}

// watch interrupts a statement when its context ends. It goes on doing so, since
// DuckDB forgets an interruption that comes before the statement has begun.
func (c *conn) watch(ctx context.Context, finished <-chan struct{}, progress func(done, total int64)) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-finished:
			return
		case <-tick.C:
		}
		if ctx.Err() != nil {
			mapping.Interrupt(c.conn)
			continue
		}
		if progress != nil {
			now := mapping.QueryProgress(c.conn)
			if _, done, total := mapping.QueryProgressTypeMembers(&now); total > 0 {
				progress(int64(done), int64(total))
			}
		}
	}
}

// chunk is a few thousand rows of a result. What its methods give is valid until
// it is freed.
type chunk struct {
	data mapping.DataChunk
	rows int
}

// nextChunk takes the next rows of a result.
func nextChunk(result mapping.Result) (c chunk, ok bool) {
	data := mapping.FetchChunk(result)
	if data.Ptr == nil {
		return c, false
	}
	return chunk{data, int(mapping.DataChunkGetSize(data))}, true
}

func (c chunk) free() { mapping.DestroyDataChunk(&c.data) }

func (c chunk) columns() int { return int(mapping.DataChunkGetColumnCount(c.data)) }

// floats is a column of type FLOAT, in which it writes NaN over NULL.
func (c chunk) floats(column int) []float32 {
	values, valid := vector[float32](c, column)
	if valid != nil {
		for i := range values {
			if !valid.at(i) {
				values[i] = float32(math.NaN())
			}
		}
	}
	return values
}

// ints is a column of type BIGINT, 0 for NULL.
func (c chunk) ints(column int) []int64 {
	values, valid := vector[int64](c, column)
	for i := range values {
		if !valid.at(i) {
			values[i] = 0
		}
	}
	return values
}

// texts is a column of type VARCHAR, nil for NULL.
func (c chunk) texts(column int) []*string {
	values, valid := vector[mapping.StringT](c, column)
	out := make([]*string, len(values))
	for i := range values {
		if valid.at(i) {
			text := mapping.StringTData(&values[i])
			out[i] = &text
		}
	}
	return out
}

// vector is a column as DuckDB holds it.
func vector[T any](c chunk, column int) ([]T, validity) {
	v := mapping.DataChunkGetVector(c.data, mapping.IdxT(column))
	values := unsafe.Slice((*T)(mapping.VectorGetData(v)), c.rows)
	mask := mapping.VectorGetValidity(v)
	if mask == nil {
		return values, nil
	}
	return values, unsafe.Slice((*uint64)(mask), (c.rows+63)/64)
}

// validity has a bit for each row, 0 for NULL; nil if none is.
type validity []uint64

func (v validity) at(i int) bool { return v == nil || v[i/64]>>(i%64)&1 == 1 }

// settings are those of a database that reads files of others: it spills into
// its own folder and fetches nothing.
func settings(memory string, threads int, spill string) []string {
	return []string{
		"SET memory_limit = " + lit(memory),
		fmt.Sprintf("SET threads = %d", threads),
		"SET temp_directory = " + lit(spill),
		"SET autoinstall_known_extensions = false",
		"SET autoload_known_extensions = false",
		"SET TimeZone = 'UTC'",
		"SET enable_progress_bar = true",
		"SET enable_progress_bar_print = false",
	}
}
