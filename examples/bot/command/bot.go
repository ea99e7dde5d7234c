package command

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"go.mau.fi/whatsmeow/types/events"
	"golang.org/x/sync/semaphore"

	"github.com/wamediax/whatsmeow-ext/examples/bot/guard"
	"github.com/wamediax/whatsmeow-ext/wamediax"
	"github.com/wamediax/whatsmeow-ext/wamediax/linkpreview"
	"github.com/wamediax/whatsmeow-ext/wamediax/safehttp"
)

// Config configures a Bot.
type Config struct {
	Media   *guard.Folder
	Allow   guard.People
	Web     *safehttp.Client // fetches the URLs that people send
	Timeout time.Duration    // of one command
	Log     zerolog.Logger
}

// Bot runs commands that arrive as messages. Use New.
type Bot struct {
	Config
	client  *wamediax.Client
	links   *linkpreview.Fetcher
	queue   *guard.Queue
	started time.Time

	converting *semaphore.Weighted // pictures
	count      struct {
		running, run, failed atomic.Int64 // commands
		bytesSent, resumed   atomic.Int64
	}
}

// New returns a Bot that answers through client, which should have a Previewer. Stop it before the
// client disconnects.
func New(client *wamediax.Client, cfg Config) *Bot {
	return &Bot{
		Config: cfg, client: client, links: linkpreview.New(linkpreview.WithClient(cfg.Web)),
		queue: guard.NewQueue(), started: time.Now(),
		converting: semaphore.NewWeighted(1),
	}
}

// Stop cancels the running commands and returns once they have answered in their chats.
func (b *Bot) Stop() { b.queue.Stop() }

// command is one command of the bot.
type command struct {
	name, args, help string
	// run runs in a separate goroutine. An answer that is not "" is sent to the chat.
	run func(ctx context.Context, req *request) (answer string, err error)
}

func (b *Bot) commands() []command {
	return []command{
		{"send", "PATH or URL", "sends a file from the media folder or from a URL", b.send},
		{"voice", "FILE", "sends a WAV or MP3 as a voice message", b.voice},
		{"album", "FOLDER", "sends the pictures and videos in a folder as an album", b.album},
		{"forward", "[NUMBER]", "in a reply to media: forwards it to this chat or to another number that may use the bot", b.forward},
		{"link", "URL", "sends a link with a preview of the page", b.link},
		{"save", "", "in a reply to a photo, video, voice message or document: saves it to the media folder", b.save},
		{"stickers", "FOLDER", "makes a sticker pack of the pictures in a folder", b.stickers},
		{"catalog", "FOLDER", "uploads the pictures in a folder for a product catalog", b.catalog},
		{"status", "", "shows the connection, the commands and the bytes sent", b.status},
		{"help", "", "shows this list", b.help},
	}
}

func (b *Bot) help(context.Context, *request) (string, error) {
	var lines strings.Builder
	for _, cmd := range b.commands() {
		fmt.Fprintf(&lines, "*%s* %s\n", strings.TrimSpace("!"+cmd.name+" "+cmd.args), cmd.help)
	}
	return strings.TrimSpace(lines.String()), nil
}

// Handle is a whatsmeow event handler. whatsmeow delivers the next event only after it returns, so
// it only starts commands.
func (b *Bot) Handle(raw any) {
	if evt, ok := raw.(*events.Message); ok {
		b.receive(evt)
	}
}

func (b *Bot) receive(evt *events.Message) {
	name, args, ok := parse(evt.Message)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if ok, err := b.Allow.Obey(ctx, b.client.Store, b.started, evt); err != nil {
		b.Log.Warn().Err(err).Msg("Ignored a command")
		return
	} else if !ok {
		return
	}
	req := &request{evt, args}
	for _, cmd := range b.commands() {
		if cmd.name != name {
			continue
		}
		if !b.queue.Run(func(ctx context.Context) { b.perform(ctx, cmd, req) }) {
			b.Log.Warn().Str("command", name).Stringer("chat", evt.Info.Chat).Msg("Too many commands at once")
			b.queue.Aside(func(ctx context.Context) { b.answer(ctx, req, "Busy. Try again when another command has finished.") })
		}
		return
	}
	if !evt.Info.IsGroup { // in a group the command may be meant for another bot
		b.queue.Aside(func(ctx context.Context) { b.answer(ctx, req, "Unknown command. !help lists the commands.") })
	}
}
