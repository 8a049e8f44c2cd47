package main

import "runtime"

// heapFloor is memory the service asks for and never touches, so that it is
// never resident. The garbage collector starts when the heap has doubled: on
// the few megabytes the service needs that was dozens of times a second, a
// sixth of its work under load. Counted from this floor it is rare, and a large
// heap is collected as ever.
const heapFloor = 24 << 20

// holdHeapFloor keeps the floor until the returned function is called.
func holdHeapFloor() (release func()) {
	floor := make([]byte, heapFloor)
	return func() { runtime.KeepAlive(floor) }
}
