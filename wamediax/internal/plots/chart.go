package main

import (
	"bytes"
	"image/color"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// chart is a chart of horizontal bars, in rows.
type chart struct {
	file  string
	title string
	axis  string // what is measured, with its unit
	rows  []row  // from the top
}

type row struct {
	name string
	bars []bar
}

// bar is one or more parts, stacked, with a text after them.
type bar struct {
	parts []part
	label string
}

type part struct {
	kind
	value float64
}

// kind is the meaning of a bar: a line of the legend.
type kind struct {
	name  string
	color color.RGBA
}

const (
	width   = 720 // points, like the others
	barSize = 13
	rowGap  = 8
	margin  = 10
	small   = 9
)

var (
	black = color.RGBA{0x20, 0x22, 0x26, 0xff}
	grey  = color.RGBA{0x66, 0x6b, 0x73, 0xff}
)

func textStyle(size vg.Length, c color.Color) text.Style {
	return text.Style{Color: c, Font: font.From(font.Font{Typeface: "Liberation", Variant: "Sans"}, size), Handler: plot.DefaultTextHandler}
}

// svg draws the chart on white, which is readable on a dark page too, with a line about the machine
// at the bottom.
func (c *chart) svg(machine string) []byte {
	title, legend := textStyle(14, black), textStyle(small, black)
	lines := vg.Length(len(c.kinds()))
	head := 24 + lines*14 + 8 // title and legend
	const foot = 18
	height := 2*margin + head + c.height() + 40 + foot // 40 for the axis

	canvas := vgsvg.New(width, height)
	page := draw.New(canvas)
	page.SetColor(color.White)
	page.Fill(page.Rectangle.Path())
	inner := draw.Crop(page, margin, -margin, margin, -margin)

	title.YAlign, legend.YAlign = draw.YTop, draw.YCenter
	inner.FillText(title, vg.Point{X: inner.Min.X, Y: inner.Max.Y}, c.title)
	y := inner.Max.Y - 24 - 7
	for _, k := range c.kinds() {
		rectangle(inner, k.color, inner.Min.X, y-4, inner.Min.X+16, y+4)
		inner.FillText(legend, vg.Point{X: inner.Min.X + 22, Y: y}, k.name)
		y -= 14
	}
	footnote := textStyle(small, grey)
	inner.FillText(footnote, vg.Point{X: inner.Min.X, Y: inner.Min.Y}, machine)

	c.plot().Draw(draw.Crop(inner, 0, 0, foot, -head))
	var out bytes.Buffer
	_, _ = canvas.WriteTo(&out) // into memory
	return portable(out.Bytes())
}

// portable adds common fonts for systems without gonum's own.
func portable(svg []byte) []byte {
	return bytes.ReplaceAll(svg, []byte("font-family:Liberation Sans;"), []byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif;"))
}

func rectangle(c draw.Canvas, fill color.Color, left, bottom, right, top vg.Length) {
	c.FillPolygon(fill, []vg.Point{{X: left, Y: bottom}, {X: right, Y: bottom}, {X: right, Y: top}, {X: left, Y: top}})
}

// kinds returns the kinds of all bars, in order.
func (c *chart) kinds() (kinds []kind) {
	for _, row := range c.rows {
		for _, bar := range row.bars {
			for _, part := range bar.parts {
				if !slices.Contains(kinds, part.kind) {
					kinds = append(kinds, part.kind)
				}
			}
		}
	}
	slices.SortStableFunc(kinds, func(a, b kind) int { return strings.Compare(library(b), library(a)) })
	return kinds
}

// library returns the library of a kind.
func library(k kind) string {
	return strings.FieldsFunc(k.name, func(r rune) bool { return r == ' ' || r == ',' || r == ':' })[0]
}

// height returns the height of all rows, in points.
func (c *chart) height() (sum vg.Length) {
	for _, row := range c.rows {
		sum += vg.Length(len(row.bars))*barSize + rowGap
	}
	return sum
}

// plot returns the axes and the bars. One unit of the Y axis is one point.
func (c *chart) plot() *plot.Plot {
	p := plot.New()
	p.X.Label.Text = c.axis
	p.X.Label.TextStyle.Font = textStyle(10, black).Font
	p.X.Tick.Label.Font = textStyle(small, black).Font
	p.Y.Tick.Label.Font = textStyle(10, black).Font
	p.Y.Tick.Length = 0
	p.Y.Padding = 0
	p.X.Tick.Marker = plot.TickerFunc(ticks)
	p.X.Min, p.X.Max = 0, 1
	p.Y.Min, p.Y.Max = 0, float64(c.height())

	var names plot.ConstantTicks
	top := p.Y.Max
	for _, row := range c.rows {
		size := float64(len(row.bars)*barSize + rowGap)
		names = append(names, plot.Tick{Value: top - size/2, Label: row.name})
		top -= size
		for _, bar := range row.bars {
			p.X.Max = max(p.X.Max, bar.length())
		}
	}
	p.Y.Tick.Marker = names
	p.Add(bars{c.rows})
	return p
}

// ticks returns four to ten ticks, at round numbers.
func ticks(low, high float64) (ticks []plot.Tick) {
	step := math.Pow10(int(math.Floor(math.Log10(high - low))))
	switch n := (high - low) / step; {
	case n < 2:
		step /= 5
	case n < 4:
		step /= 2
	}
	for i := range int((high-low)/step) + 1 {
		at := low + float64(i)*step
		ticks = append(ticks, plot.Tick{Value: at, Label: strconv.FormatFloat(at, 'g', 6, 64)})
	}
	return ticks
}

func (b bar) length() (sum float64) {
	for _, part := range b.parts {
		sum += part.value
	}
	return sum
}

// bars draws rows of bars.
type bars struct{ rows []row }

func (b bars) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	label := textStyle(small, black)
	label.YAlign = draw.YCenter
	y := p.Y.Max
	for _, row := range b.rows {
		y -= rowGap / 2
		for _, bar := range row.bars {
			from := 0.0
			for _, part := range bar.parts {
				rectangle(c, part.color, toX(from), toY(y-barSize+1), toX(from+part.value), toY(y-1))
				from += part.value
			}
			c.FillText(label, vg.Point{X: toX(from) + 4, Y: toY(y - barSize/2.0)}, bar.label)
			y -= barSize
		}
		y -= rowGap / 2
	}
}

// GlyphBoxes reserves space for the texts after the bars.
func (b bars) GlyphBoxes(p *plot.Plot) (boxes []plot.GlyphBox) {
	label := textStyle(small, black)
	for _, row := range b.rows {
		for _, bar := range row.bars {
			boxes = append(boxes, plot.GlyphBox{
				X:         p.X.Norm(bar.length()),
				Rectangle: vg.Rectangle{Max: vg.Point{X: label.Width(bar.label) + 4}},
			})
		}
	}
	return boxes
}
