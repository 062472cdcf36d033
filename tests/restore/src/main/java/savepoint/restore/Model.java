package savepoint.restore;

import java.util.Objects;

/** POJOs that the job keeps in its state. Public names and fields are part of the snapshots. */
public final class Model {
    private Model() {}

    public enum Level { BRONZE, SILVER, GOLD }

    public static class Address {
        public String city;
        public int zip;
    }

    /** Nested, with nullable fields, an array and an enum. */
    public static class Customer {
        public long id;
        public String name;
        public Double balance;
        public int[] marks;
        public Address address;
        public Level level;

        static Customer of(long key, int round) {
            long x = Shared.random(key, round, 77);
            Customer c = new Customer();
            c.id = key;
            c.name = key % 5 == 4 ? null : "name " + Shared.text(8, key, round, 5);
            c.balance = key % 4 == 3 ? null : x / 1000.0;
            c.marks = new int[] {round, (int) x};
            if (key % 3 != 2) {
                c.address = new Address();
                c.address.city = "city " + key % 10;
                c.address.zip = (int) (x >>> 40);
            }
            c.level = Level.values()[(int) Math.floorMod(x, 3L)];
            return c;
        }
    }

    /** A key. Its hash code must be the same in every JVM: no enum in it. */
    public static class Device {
        public long id;
        public String model;

        public Device() {}

        Device(long id, String model) {
            this.id = id;
            this.model = model;
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Device && ((Device) o).id == id && Objects.equals(((Device) o).model, model);
        }

        @Override
        public int hashCode() {
            return Long.hashCode(id) * 31 + Objects.hashCode(model);
        }
    }
}
