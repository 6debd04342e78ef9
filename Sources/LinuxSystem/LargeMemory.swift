internal import CLinux

/// Memory for tables of many megabytes with scattered reads. It uses huge pages where the kernel has them, because with
/// small pages most reads first wait for the page table.
public enum LargeMemory {
  /// Memory for `count` values of a type without cleanup. All bytes are 0. Memory that is never touched is not
  /// allocated.
  public static func allocate<Value: BitwiseCopyable>(_ type: Value.Type, _ count: Int) -> UnsafeMutablePointer<Value> {
    guard let memory = hw_allocate_large(bytes(type, count)) else {
      preconditionFailure("no memory for \(count) values")
    }
    return memory.bindMemory(to: Value.self, capacity: count)
  }

  /// The same values with room for more, whose bytes are 0. Large memory is not copied; its pages move.
  public static func grow<Value: BitwiseCopyable>(
    _ memory: UnsafeMutablePointer<Value>, from count: Int, to larger: Int
  ) -> UnsafeMutablePointer<Value> {
    guard let grown = hw_grow_large(memory, bytes(Value.self, count), bytes(Value.self, larger)) else {
      preconditionFailure("no memory for \(larger) values")
    }
    return grown.bindMemory(to: Value.self, capacity: larger)
  }

  /// - Parameter count: the number of values that there is room for.
  public static func free<Value: BitwiseCopyable>(_ memory: UnsafeMutablePointer<Value>, _ count: Int) {
    hw_free_large(UnsafeMutableRawPointer(memory), bytes(Value.self, count))
  }

  private static func bytes<Value>(_ type: Value.Type, _ count: Int) -> Int {
    let (bytes, overflows) = count.multipliedReportingOverflow(by: MemoryLayout<Value>.stride)
    guard !overflows, bytes >= 0 else { preconditionFailure("no memory for \(count) values") }
    return max(bytes, 64)
  }
}
