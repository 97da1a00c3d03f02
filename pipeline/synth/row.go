package synth

import (
	"encoding/hex"
	"math"
	"math/rand/v2"
)

// Row is a customer: what TABULAR_DATA holds of them, and the truth that it
// does not.
type Row struct {
	Number       int64 // 0, 1, 2, …
	UUID         UUID
	ProductType  string
	Layout       string
	PageLoadTime float64 // seconds, two decimals
	Rating       int     // 1 to 5
	Purchase     int     // 0 or 1, thrown with Probability

	Quality     string  // intended label of the review, one of the lab's three
	Sentiment   float64 // intended, -1 to 1, two decimals
	Language    string  // of the review
	Probability float64 // of the purchase, before the throw and after the noise

	product product
	quality quality
	tone    tone
	layout  int
	lang    int
}

// The words of the lab's tables, in the order in which rows number them.
var (
	productTypes = [...]string{"backpack", "camera", "coffee machine", "headphones", "jacket", "laptop", "phone", "shoes"}
	layouts      = [...]string{"carousel", "grid", "single-column", "three-column", "two-column"}
	qualities    = [...]string{"Basic accurate information", "Detailed with specific information and experience", "Generic brief with no details"}
)

type (
	product int // index of productTypes
	quality int // index of qualities, which is the label encoder's code
	tone    int
)

const (
	basic quality = iota
	detailed
	generic
)

const (
	positive tone = iota
	negative
	balanced
)

// clearSentiment is the intended sentiment from which on a review takes sides.
const clearSentiment = 0.3

// Page load times are log-normal with a median of 2 seconds, drawn again
// outside of what a shop's log would show: mean 2.3 s, about 1,200 distinct
// values in 200,000 rows.
const (
	loadMedian, loadSpread = 2.0, 0.55
	loadMin, loadMax       = 0.2, 20.0
)

// ratingCuts are the latent ratings at which the stars go up: about 14% give
// one star, 10% two, 15% three, 27% four and 34% five.
var ratingCuts = [...]float64{-0.88, -0.50, -0.07, 0.62}

// blockRows is the number of rows that share a stream of random numbers, the
// unit of parallel work.
const blockRows = 4096

func (p *plan) blocks() int64 { return (p.rows + blockRows - 1) / blockRows }

// draw appends the rows of block n. The order of the throws is fixed: what one
// option asks for never changes what another one draws.
func (p *plan) draw(rows []Row, n int64) []Row {
	rng := rand.New(rand.NewPCG(mix(p.seed), mix(uint64(n))))
	for i := n * blockRows; i < min((n+1)*blockRows, p.rows); i++ {
		r := Row{Number: i, UUID: newUUID(p.seed, i)}

		satisfaction := 0.2 + 0.85*rng.NormFloat64()
		r.Sentiment = hundredth(math.Tanh(1.3 * (satisfaction + 0.5*rng.NormFloat64())))
		r.Rating = 1
		for latent := satisfaction + 0.5*rng.NormFloat64(); r.Rating <= len(ratingCuts) && latent > ratingCuts[r.Rating-1]; {
			r.Rating++
		}
		r.PageLoadTime = drawLoadTime(rng)
		r.product = product(rng.IntN(len(productTypes)))
		r.layout = rng.IntN(len(layouts))
		r.quality = drawQuality(rng, r.Sentiment)
		r.lang = rng.IntN(len(p.langs))
		noise, throw := rng.NormFloat64(), rng.Float64()

		r.Probability = p.logit.probability(&r, noise)
		if throw < r.Probability {
			r.Purchase = 1
		}
		r.tone = toneOf(r.Sentiment)
		r.ProductType, r.Layout = productTypes[r.product], layouts[r.layout]
		r.Quality, r.Language = qualities[r.quality], p.langs[r.lang]
		rows = append(rows, r)
	}
	return rows
}

func drawLoadTime(rng *rand.Rand) float64 {
	for {
		t := hundredth(loadMedian * math.Exp(loadSpread*rng.NormFloat64()))
		if t >= loadMin && t <= loadMax {
			return t
		}
	}
}

// drawQuality lets strong feelings be a little more often generic, and
// disappointment a little more often detailed.
func drawQuality(rng *rand.Rand, sentiment float64) quality {
	pGeneric := 0.27 + 0.06*math.Abs(sentiment)
	pDetailed := 0.35 - 0.05*sentiment
	switch u := rng.Float64(); {
	case u < pGeneric:
		return generic
	case u < pGeneric+pDetailed:
		return detailed
	}
	return basic
}

func toneOf(sentiment float64) tone {
	switch {
	case sentiment >= clearSentiment:
		return positive
	case sentiment <= -clearSentiment:
		return negative
	}
	return balanced
}

// hundredth rounds to two decimals; adding zero turns -0 into 0.
func hundredth(x float64) float64 { return math.Round(x*100)/100 + 0 }

// UUID is a customer's identifier, in the shape of version 4 (RFC 9562).
type UUID [16]byte

// newUUID derives the identifier from seed and row, so that it needs no
// memory of those given out: mix is a bijection, its 60 and 62 surviving bits
// make a collision as unlikely as among random ones.
func newUUID(seed uint64, row int64) UUID {
	var u UUID
	hi := mix(mix(seed) + uint64(row))
	lo := mix(hi ^ mix(seed+1))
	for i := range 8 {
		u[i], u[8+i] = byte(hi>>(56-8*i)), byte(lo>>(56-8*i))
	}
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	return u
}

// AppendTo appends the usual 36 characters.
func (u UUID) AppendTo(dst []byte) []byte {
	dst = hex.AppendEncode(dst, u[:4])
	for _, part := range [...][]byte{u[4:6], u[6:8], u[8:10], u[10:]} {
		dst = hex.AppendEncode(append(dst, '-'), part)
	}
	return dst
}

// String gives the usual 36 characters.
func (u UUID) String() string { return string(u.AppendTo(nil)) }

// mix is the finalizer of SplitMix64 (Steele, Lea, Flood 2014), a bijection
// that spreads neighbouring numbers over all 64 bits.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
