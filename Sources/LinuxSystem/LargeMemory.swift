internal import CLinux

/// Memory for tables of many megabytes that are read here and there. In huge pages where the kernel gives them: with small
/// ones most reads first wait for the look-up of their page.
public enum LargeMemory {
  /// Room for `count` values of a type that needs no cleaning up; all bytes are 0. What is not touched takes no memory.
  public static func allocate<Value: BitwiseCopyable>(_ type: Value.Type, _ count: Int) -> UnsafeMutablePointer<Value> {
    guard let memory = hw_allocate_large(bytes(type, count)) else {
      preconditionFailure("no memory for \(count) values")
    }
    return memory.bindMemory(to: Value.self, capacity: count)
  }

  /// The same values with room for more, whose bytes are 0. Large ones are not copied: their pages move.
  public static func grow<Value: BitwiseCopyable>(
    _ memory: UnsafeMutablePointer<Value>, from count: Int, to larger: Int
  ) -> UnsafeMutablePointer<Value> {
    guard let grown = hw_grow_large(memory, bytes(Value.self, count), bytes(Value.self, larger)) else {
      preconditionFailure("no memory for \(larger) values")
    }
    return grown.bindMemory(to: Value.self, capacity: larger)
  }

  /// - Parameter count: as many values as there is room for.
  public static func free<Value: BitwiseCopyable>(_ memory: UnsafeMutablePointer<Value>, _ count: Int) {
    hw_free_large(UnsafeMutableRawPointer(memory), bytes(Value.self, count))
  }

  private static func bytes<Value>(_ type: Value.Type, _ count: Int) -> Int {
    let (bytes, overflows) = count.multipliedReportingOverflow(by: MemoryLayout<Value>.stride)
    guard !overflows, bytes >= 0 else { preconditionFailure("no memory for \(count) values") }
    return max(bytes, 64)
  }
}
