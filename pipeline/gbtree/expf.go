package gbtree

import "math"

// XGBoost calls the C library's expf and logf. glibc's are not correctly
// rounded, so float32(math.Exp(x)) differs from them in about one argument of
// 20,000, which is enough to grow another tree. These two repeat glibc's
// steps; the tables and polynomials are those of Arm Optimized Routines
// (Copyright 2017-2018 Arm Limited, MIT licence), which glibc uses since 2.27.
//
// glibc picks a build with fused multiply-add on the CPUs that have it; the
// fused steps are spelled out, and no other product may be fused.

// expf returns e^x. Overflow gives +Inf, underflow 0.
func expf(x float32) float32 {
	const (
		invLn2N = 0x1.71547652b82fep+0 * 32
		shift   = 0x1.8p+52 // adding it leaves an integer in the low bits
		c0      = 0x1.c6af84b912394p-5 / 32 / 32 / 32
		c1      = 0x1.ebfce50fac4f3p-3 / 32 / 32
		c2      = 0x1.62e42ff0c52d6p-1 / 32
	)
	switch {
	case x != x:
		return x
	case x > 0x1.62e42ep6:
		return float32(math.Inf(1))
	case x < -0x1.9fe368p6:
		return 0
	}
	// x·32/ln2 = k + r with integer k and |r| ≤ ½, so e^x = 2^(k/32) · 2^(r/32).
	xd := float64(x)
	kd := math.FMA(invLn2N, xd, shift)
	k := math.Float64bits(kd)
	kd -= shift
	r := math.FMA(invLn2N, xd, -kd)
	scale := math.Float64frombits(expTable[k%32] + k<<47)
	y := math.FMA(math.FMA(c0, r, c1), float64(r*r), math.FMA(c2, r, 1))
	return float32(float64(y * scale))
}

// logf returns ln x for finite x > 0, all that base_score needs.
func logf(x float32) float32 {
	const (
		ln2 = 0x1.62e42fefa39efp-1
		a0  = -0x1.00ea348b88334p-2
		a1  = 0x1.5575b0be00b6ap-2
		a2  = -0x1.ffffef20a4123p-2
		off = 0x3f330000
	)
	bits := math.Float32bits(x)
	if bits == 0x3f800000 {
		return 0
	}
	// x = 2^k z with z in [off, 2·off), which is divided into 16 intervals with
	// a point c near the middle of each; ln x = ln(1+(z/c−1)) + ln c + k ln 2.
	tmp := bits - off
	i := tmp >> 19 % 16
	k := int32(tmp) >> 23
	z := float64(math.Float32frombits(bits - tmp&0xff800000))
	r := math.FMA(z, logTable[i].invc, -1)
	y0 := math.FMA(float64(k), ln2, logTable[i].logc)
	r2 := float64(r * r)
	y := math.FMA(a0, r2, math.FMA(a1, r, a2))
	return float32(math.FMA(y, r2, float64(y0+r)))
}

// expTable holds the bits of 2^(i/32) less i<<47, so that adding k<<47 gives
// 2^(k/32).
var expTable = [32]uint64{
	0x3ff0000000000000, 0x3fefd9b0d3158574, 0x3fefb5586cf9890f, 0x3fef9301d0125b51,
	0x3fef72b83c7d517b, 0x3fef54873168b9aa, 0x3fef387a6e756238, 0x3fef1e9df51fdee1,
	0x3fef06fe0a31b715, 0x3feef1a7373aa9cb, 0x3feedea64c123422, 0x3feece086061892d,
	0x3feebfdad5362a27, 0x3feeb42b569d4f82, 0x3feeab07dd485429, 0x3feea47eb03a5585,
	0x3feea09e667f3bcd, 0x3fee9f75e8ec5f74, 0x3feea11473eb0187, 0x3feea589994cce13,
	0x3feeace5422aa0db, 0x3feeb737b0cdc5e5, 0x3feec49182a3f090, 0x3feed503b23e255d,
	0x3feee89f995ad3ad, 0x3feeff76f2fb5e47, 0x3fef199bdd85529c, 0x3fef3720dcef9069,
	0x3fef5818dcfba487, 0x3fef7c97337b9b5f, 0x3fefa4afa2a490da, 0x3fefd0765b6e4540,
}

// logTable holds 1/c and ln c for the 16 intervals.
var logTable = [16]struct{ invc, logc float64 }{
	{0x1.661ec79f8f3bep+0, -0x1.57bf7808caadep-2},
	{0x1.571ed4aaf883dp+0, -0x1.2bef0a7c06ddbp-2},
	{0x1.49539f0f010bp+0, -0x1.01eae7f513a67p-2},
	{0x1.3c995b0b80385p+0, -0x1.b31d8a68224e9p-3},
	{0x1.30d190c8864a5p+0, -0x1.6574f0ac07758p-3},
	{0x1.25e227b0b8eap+0, -0x1.1aa2bc79c81p-3},
	{0x1.1bb4a4a1a343fp+0, -0x1.a4e76ce8c0e5ep-4},
	{0x1.12358f08ae5bap+0, -0x1.1973c5a611cccp-4},
	{0x1.0953f419900a7p+0, -0x1.252f438e10c1ep-5},
	{0x1p+0, 0x0p+0},
	{0x1.e608cfd9a47acp-1, 0x1.aa5aa5df25984p-5},
	{0x1.ca4b31f026aap-1, 0x1.c5e53aa362eb4p-4},
	{0x1.b2036576afce6p-1, 0x1.526e57720db08p-3},
	{0x1.9c2d163a1aa2dp-1, 0x1.bc2860d22477p-3},
	{0x1.886e6037841edp-1, 0x1.1058bc8a07ee1p-2},
	{0x1.767dcf5534862p-1, 0x1.4043057b6ee09p-2},
}
