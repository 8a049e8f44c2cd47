package demo

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"

	"hufen/internal/id"
)

// photograph takes the pictures that go with what is far too heavy.
func (t *town) photograph(ctx context.Context, rounds [][]*visit) error {
	for i, visits := range rounds {
		for _, v := range visits {
			if !v.feast {
				continue
			}
			photoID := newID(v.input.HappenedAt, t.dice("photo", int(v.input.DeviceSeq)*10+i))
			if _, err := t.dropOffs.AddPhoto(ctx, t.villages[i].cleaner, photoID, picture(photoID)); err != nil {
				return err
			}
			v.input.Items[0].PhotoID = id.Some(photoID)
		}
	}
	return nil
}

// picture draws a bucket in a yard, in the place of a photo. The id decides how
// full it is.
func picture(of id.ID) []byte {
	const width, height = 320, 240
	canvas := image.NewRGBA(image.Rect(0, 0, width, height))
	fill := func(x0, y0, x1, y1 int, c color.RGBA) {
		draw.Draw(canvas, image.Rect(x0, y0, x1, y1), image.NewUniform(c), image.Point{}, draw.Src)
	}
	fill(0, 0, width, height, color.RGBA{0xd9, 0xd2, 0xc3, 0xff})   // wall
	fill(0, 170, width, height, color.RGBA{0xa8, 0x9f, 0x8d, 0xff}) // yard
	level := 20 + int(of[15])%40
	for y := range 120 {
		inset := y / 6
		c := color.RGBA{0x2f, 0x6b, 0x46, 0xff}
		if y < level {
			c = color.RGBA{0x6f, 0x5a, 0x2f, 0xff}
		}
		fill(100+inset, 90+y, 220-inset, 91+y, c)
	}
	fill(92, 84, 228, 92, color.RGBA{0x24, 0x52, 0x36, 0xff}) // rim
	var out bytes.Buffer
	_ = jpeg.Encode(&out, canvas, &jpeg.Options{Quality: 60}) // a buffer takes everything
	return out.Bytes()
}
