package storekit

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/internal/records"
)

// Tasks of a Child.
const (
	ChildLocks = "locks" // locks "key" and prints "locked"
	ChildSaves = "saves" // saves uniform records under "key" and prints "saved" after each
)

const (
	taskVariable  = "WAMEDIAX_TEST_CHILD"
	kindVariable  = "WAMEDIAX_TEST_KIND"
	placeVariable = "WAMEDIAX_TEST_WHERE"
)

// Child is a separate process that uses the same store.
type Child struct {
	*exec.Cmd
	stdin io.Closer
	out   *bufio.Reader
}

// StartChild runs TestChildProcess of the current test binary, which must call [BeChild], in a
// separate process. The child ends when it is killed or when the test ends.
func StartChild(t *testing.T, task, kind, where string) *Child {
	t.Helper()
	program, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(program, "-test.run=^TestChildProcess$")
	cmd.Env = append(os.Environ(), taskVariable+"="+task, kindVariable+"="+kind, placeVariable+"="+where)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	c := &Child{Cmd: cmd, stdin: stdin, out: bufio.NewReader(stdout)}
	t.Cleanup(c.Kill)
	return c
}

// WaitFor returns when the child has printed line.
func (c *Child) WaitFor(t *testing.T, line string) {
	t.Helper()
	for {
		printed, err := c.out.ReadString('\n')
		require.NoError(t, err)
		if printed == line+"\n" {
			return
		}
	}
}

// Kill kills the child with SIGKILL.
func (c *Child) Kill() {
	_ = c.Process.Kill()
	_ = c.Wait()
}

// BeChild runs the task in a process from StartChild, and does nothing in any other process.
func BeChild(t *testing.T, open func(t *testing.T, kind, where string) resume.Store) {
	task := os.Getenv(taskVariable)
	if task == "" {
		return
	}
	store := open(t, os.Getenv(kindVariable), os.Getenv(placeVariable))
	switch task {
	case ChildLocks:
		_, err := store.Lock(t.Context(), "key")
		require.NoError(t, err)
		_, _ = os.Stdout.WriteString("locked\n")
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0) // with the lock held
	case ChildSaves:
		for n := byte(1); ; n++ {
			require.NoError(t, store.Save(t.Context(), "key", records.Uniform(n)))
			_, _ = os.Stdout.WriteString("saved\n")
		}
	}
}
