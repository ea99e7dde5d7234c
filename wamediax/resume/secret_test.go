package resume_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/wamediax/whatsmeow-ext/wamediax/resume"
	"github.com/wamediax/whatsmeow-ext/wamediax/resume/internal/records"
)

// A program may put records and secrets anywhere, and log that.
type (
	openRow   struct{ Record *resume.Record }
	hiddenRow struct {
		record resume.Record
		secret resume.Secret
		media  *resume.Secret
	}
	embeddingRow struct{ resume.Record }
	embeddedRow  struct{ embeddingRow }
	rowError     struct {
		Record resume.Record
		Secret resume.Secret
		err    error
	}
)

func (e *rowError) Error() string { return fmt.Sprintf("%v: %+v %d", e.err, e.Record, e.Secret) }

// anywhere returns values that contain a record and its key in every way a program might log them.
func anywhere(rec *resume.Record) map[string]any {
	failed := &rowError{*rec, rec.MediaKey, errors.New("no room")}
	return map[string]any{
		"record": rec, "its value": *rec, "key": rec.MediaKey, "pointer to a key": &rec.MediaKey, "sealed object": rec.Sealed,
		"exported field": openRow{rec}, "unexported fields": hiddenRow{*rec, rec.Sealed, &rec.MediaKey},
		"pointer to unexported fields": &hiddenRow{*rec, rec.Sealed, &rec.MediaKey},
		"embedding":                    embeddingRow{*rec}, "embedding of an embedding": embeddedRow{embeddingRow{*rec}},
		"slices": []resume.Record{*rec}, "map": map[string]*resume.Record{"a": rec}, "slice of rows": []hiddenRow{{record: *rec}},
		"error": failed, "wrapped error": fmt.Errorf("failed: %w", failed), "joined errors": errors.Join(failed, failed),
		"reflected":          reflect.ValueOf(*rec).FieldByName("MediaKey"),
		"reflected unopened": reflect.ValueOf(hiddenRow{secret: rec.MediaKey}).FieldByName("secret"),
	}
}

func TestSecretsOfARecordAreNeverPrinted(t *testing.T) {
	rec := records.Full()
	rec.MediaKey = resume.SecretOf([]byte("a secret key, 32 bytes, or so..."))
	rec.Sealed = resume.SecretOf(bytes.Repeat([]byte("sealed object! "), 20))
	for name, value := range anywhere(rec) {
		t.Run(name, func(t *testing.T) {
			var shown []string
			for verb := rune('A'); verb <= 'z'; verb++ {
				if verb == 'w' || verb > 'Z' && verb < 'a' {
					continue
				}
				for _, flag := range []string{"", "+", "#", " ", "0", "-", "20", ".3", "# "} {
					shown = append(shown, fmt.Sprintf("%"+flag+string(verb), value))
				}
			}
			shown = append(shown, fmt.Sprint(value), fmt.Sprintln(value, value))
			if data, err := json.Marshal(value); err == nil {
				shown = append(shown, string(data))
			}
			var log bytes.Buffer
			for _, handler := range []slog.Handler{slog.NewJSONHandler(&log, nil), slog.NewTextHandler(&log, nil)} {
				slog.New(handler).Info("saved", "value", value, slog.Any("again", &value), slog.Group("g", "value", value))
			}
			for _, to := range []zerolog.Logger{zerolog.New(&log), zerolog.New(zerolog.ConsoleWriter{Out: &log})} {
				to.Info().Any("value", value).Interface("again", &value).Fields(map[string]any{"field": value}).Msgf("%v %+v", value, value)
				if err, ok := value.(error); ok {
					to.Err(err).Send()
				}
			}
			requireHidden(t, append(shown, log.String()), rec.MediaKey.Bytes())
			requireHidden(t, append(shown, log.String()), rec.Sealed.Bytes()[:30])
		})
	}
}

// requireHidden checks that no text contains a secret in any form in which bytes are printed.
func requireHidden(t *testing.T, texts []string, secret []byte) {
	t.Helper()
	numbers := strings.Trim(fmt.Sprint(secret), "[]")
	forms := []string{
		string(secret), numbers, strings.ReplaceAll(numbers, " ", ","), fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret),
		fmt.Sprintf("% x", secret), fmt.Sprintf("% X", secret), fmt.Sprintf("%# x", secret), fmt.Sprintf("%b", secret[:4])[1:30],
		fmt.Sprintf("%o", secret[:6])[1:18], fmt.Sprintf("%U", secret[:4]), fmt.Sprintf("%c", secret[:8]), fmt.Sprintf("%q", secret[:8])[1:8],
		fmt.Sprintf("%#v", secret)[7:40], base64.StdEncoding.EncodeToString(secret)[:12], base64.URLEncoding.EncodeToString(secret)[:12],
		hex.EncodeToString(secret[:8]),
	}
	for _, text := range texts {
		for _, form := range forms {
			require.NotContains(t, text, form)
		}
	}
}

func TestPrintedRecordDescribesTheUpload(t *testing.T) {
	rec := records.Full()
	const want = "upload record (/mms/video, 5368709120 bytes, done: true)"
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d"} {
		require.Equal(t, want, fmt.Sprintf(verb, rec))
		require.Equal(t, want, fmt.Sprintf(verb, *rec))
		require.Equal(t, "secret (32 bytes)", fmt.Sprintf(verb, rec.MediaKey))
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("saved", "rec", rec, "key", rec.MediaKey)
	require.Contains(t, log.String(), want)
	require.Contains(t, log.String(), "secret (32 bytes)")
}

func TestSecretHasTheBytesThatItWasMadeOf(t *testing.T) {
	key := []byte{1, 2, 3}
	require.Equal(t, key, resume.SecretOf(key).Bytes())
	for name, none := range map[string]resume.Secret{"the zero value": {}, "nil": resume.SecretOf(nil), "empty": resume.SecretOf([]byte{})} {
		t.Run(name, func(t *testing.T) {
			require.Nil(t, none.Bytes())
			require.Zero(t, none)
			require.Equal(t, "secret (0 bytes)", fmt.Sprint(none))
		})
	}
}
