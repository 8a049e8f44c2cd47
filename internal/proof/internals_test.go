package proof

// VerifyKept is what Run does about figures kept at closings, alone.
var VerifyKept = verifyKept
