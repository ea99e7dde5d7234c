// Package command implements the bot's commands. Each is in a file named after
// it.
//
//	bot := command.New(client, command.Config{Media: folder, Allow: people, Timeout: time.Hour})
//	defer bot.Stop()
//	client.AddEventHandler(bot.Handle)
//
// A new command is a method of Bot and a line in its list of commands.
package command
