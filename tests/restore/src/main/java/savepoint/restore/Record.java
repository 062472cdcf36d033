package savepoint.restore;

/** What the source emits: one for every key and round. A POJO to Flink. */
public class Record {
    public long key;
    public int round;

    public Record() {}

    Record(long key, int round) {
        this.key = key;
        this.round = round;
    }
}
